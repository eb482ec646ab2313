"""The pages that people go to from everywhere: each room registers its own, the frame of the pages and the home page list them."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Room:
    """A page that is offered.

    Args:
        address: The name of its address.
        title: What it is called: one or two words.
        words: What one does there, in a sentence for the home page; "" where the home page leaves it out.
        symbol: Its symbol, one of ``site/_symbol.html``.
        order: Where it stands among the others.
        key: The letter that opens it from a desk; "" for none.
        offered: Whether it is offered to whoever holds a post in a jurisdiction (both codes); None: to everybody. What a page
            shows is decided by the page.
        on_rail: Whether it stands on the rail of the desks, beside the home page.
        within: Names of the other addresses that belong to it; empty: all that begin with its own name and a hyphen.
        for_staff, for_public: Whether it is offered to those who work here, and to one of the public with an account.
        instead_of: Names of addresses of the staff from which one of the public is led here.
    """

    address: str
    title: str | Promise
    words: str | Promise
    symbol: str
    order: int
    key: str = ""
    offered: Callable[[str, str], bool] | None = None
    on_rail: bool = True
    within: frozenset[str] = frozenset()
    for_staff: bool = True
    for_public: bool = True
    instead_of: frozenset[str] = frozenset()

    def holds(self, address: str) -> bool:
        """Return whether a page of this address belongs here."""
        if self.within:
            return address == self.address or address in self.within
        return address == self.address or address.startswith(f"{self.address}-")


_rooms: dict[str, Room] = {}


def register(*rooms: Room) -> None:
    """Offer pages; called once, when the app that they belong to is ready."""
    for room in rooms:
        _rooms[room.address] = room


def rooms_for(posts: Collection[tuple[str, str]], *, is_public: bool = False) -> Iterator[tuple[Room, str]]:
    """Yield what is offered to a holder of ``posts`` (jurisdiction and post), in order, with its address; what has no address
    here is left out.

    Args:
        is_public: They are one of the public, and work nowhere here.
    """
    for room in sorted(_rooms.values(), key=lambda one: one.order):
        if not (room.for_public if is_public else room.for_staff):
            continue
        if room.offered is not None and not any(room.offered(*held) for held in posts):
            continue
        try:
            yield room, reverse(room.address)
        except NoReverseMatch:
            continue


def led_to(address: str) -> str:
    """Return the path to which one of the public is led from a page of the staff; "" where they may stay."""
    return next((url for room, url in rooms_for((), is_public=True) if address in room.instead_of), "")
