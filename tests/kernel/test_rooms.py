import pytest
from django.urls import NoReverseMatch

from cityloop.kernel import rooms
from cityloop.kernel.rooms import Room, led_to, register, rooms_for


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_rooms", {})

    def address(name: str) -> str:
        if name == "nowhere":
            raise NoReverseMatch(name)
        return f"/{name}"

    monkeypatch.setattr(rooms, "reverse", address)


def room(address: str, order: int, *posts: str) -> Room:
    return Room(address, address, "", "list", order, offered=(lambda _city, post: post in posts) if posts else None)


def test_rooms_stand_in_their_order_whoever_came_first() -> None:
    register(room("later", 20), room("first", 10))
    assert [(one.address, url) for one, url in rooms_for(())] == [("first", "/first"), ("later", "/later")]


def test_a_room_of_posts_is_offered_to_their_holders_alone() -> None:
    register(room("wall", 10, "duty_chief", "leader"))
    assert [one.address for one, _url in rooms_for({("990101", "leader"), ("990101", "acceptor")})] == ["wall"]
    assert list(rooms_for({("990101", "acceptor")})) == []


def test_one_of_the_public_is_offered_other_rooms_and_led_there_from_those_of_the_staff() -> None:
    register(
        Room("desk", "Desk", "", "list", 10, for_public=False),
        Room("mine", "Mine", "", "list", 20, for_staff=False, instead_of=frozenset({"desk"})),
        room("map", 30),
    )
    assert [one.address for one, _url in rooms_for({("990101", "citizen")}, is_public=True)] == ["mine", "map"]
    assert [one.address for one, _url in rooms_for({("990101", "acceptor")})] == ["desk", "map"]
    assert (led_to("desk"), led_to("map")) == ("/mine", "")


def test_a_room_without_an_address_here_is_left_out() -> None:
    register(room("nowhere", 10))
    assert list(rooms_for(())) == []


def test_a_room_registered_anew_stands_once() -> None:
    register(room("desk", 10))
    register(room("desk", 30))
    assert [one.order for one, _url in rooms_for(())] == [30]


def test_pages_belong_to_the_room_that_their_name_begins_with_or_that_names_them() -> None:
    routing = room("desk-routing", 10)
    assert [routing.holds(name) for name in ("desk-routing", "desk-routing-rule", "desk-route", "")] == [
        True,
        True,
        False,
        False,
    ]
    desk = Room("desk", "Desk", "", "list", 10, within=frozenset({"desk-case"}))
    assert [desk.holds(name) for name in ("desk", "desk-case", "desk-me")] == [True, True, False]
