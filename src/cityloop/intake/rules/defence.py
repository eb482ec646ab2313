"""How much the public page takes from one sender and for one city, and when it asks for a proof of work.

The figures are small on purpose and stand here alone; docs/how-to/let-citizens-report.md tells them to those who run a city.
"""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final

from cityloop.kernel.errors import TooLarge
from cityloop.kernel.translation import _

MB: Final = 1024 * 1024
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

PHOTOS_OF_A_REPORT: Final = 6
PHOTO_BYTES: Final = 12 * MB
"""Of one photo as it comes: browsers shrink it to some hundred kB, one without scripts sends what its camera made."""

ATTACK_REPORTS: Final = 15
"""Reports of a city within a minute beyond which a proof of work is asked for: a storm brings a large city some ten."""

ATTACK_REFUSALS: Final = 10
"""Refusals of a city within a minute that mean the same."""

FREE_AN_HOUR: Final = 4
"""Reports of one sender within an hour; who sends more does a proof of work for each."""

SUM_MOST: Final = 120_000
"""Greatest number that a proof of work looks for: about a second of a cheap phone on average, and of each try of a script."""

SUM_HOLDS: Final = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` of something within ``window`` from one sender, or, with ``of_city``, for one city."""

    code: str
    most: int
    window: timedelta
    of_city: bool = False

    @property
    def words(self) -> str:
        """What whoever comes too often is told: what there was too much of, and what they can do instead."""
        if self.of_city:
            return _(
                "Very many people are reporting at this moment. Wait a minute and send it again: it is still here."
            )
        if self.code in {"wrong_codes", "lookups"}:
            return _(
                "Too many follow-up codes were looked up from your connection within the last hour; others may share it."
                " Try again later, or use another network."
            )
        if self.code == "looks":
            return _(
                "Too many places were looked up from your connection within the last hour. Write the address instead."
            )
        if self.code in {"photos_hour", "photos_day", "bytes_day"}:
            return _(
                "Too many photos came from your connection within a short time; others may share it."
                " Send the report without more photos, or try again later."
            )
        return _(
            "Too much came from your connection within a short time; others may share it."
            " Try again later, use another network, or call."
        )


REPORTS: Final = (
    Limit("reports_hour", 12, HOUR),
    Limit("reports_day", 40, DAY),
    Limit("reports_city", 60, MINUTE, of_city=True),
)
"""“Me too” and ratings count as reports."""

PHOTOS: Final = (
    Limit("photos_hour", 40, HOUR),
    Limit("photos_day", 120, DAY),
    Limit("photos_city", 6000, DAY, of_city=True),
)
PHOTO_BYTES_A_DAY: Final = 80 * MB
"""From one sender; and ``PHOTO_BYTES_OF_CITY_A_DAY`` for a city, whoever sends."""
PHOTO_BYTES_OF_CITY_A_DAY: Final = 3 * 1024 * MB

WRONG_CODES: Final = Limit("wrong_codes", 20, HOUR)
"""Follow-up codes that do not exist: of 2⁶⁵ nobody guesses one. Whoever shares a connection with somebody who tries still reads their own."""

LOOKUPS: Final = Limit("lookups", 600, HOUR)
"""Follow-up codes that are looked up, right ones too: nobody may keep the database busy. They are no reports and count as none."""

LOOKS: Final = Limit("looks", 240, HOUR)
"""Questions for what lies at a point, as the map's clicks ask them."""


def sender_of(address: str) -> str:
    """Return what stands for a sender: the address, of version 6 its network of 64 bits, which one household has whole."""
    try:
        known = ip_address(address)
    except ValueError:
        return address or "?"  # a Unix socket names nobody: all that come through it are one
    if isinstance(known, IPv6Address):
        return str(IPv6Address(int(known) >> 64 << 64))
    return str(known)


def refuse_too_large(size: int) -> None:
    """Refuse a photo of more than ``PHOTO_BYTES``.

    Raises:
        TooLarge: It is one.
    """
    if size > PHOTO_BYTES:
        raise TooLarge(_("This photo is too large. Send at most %(most)d MB each.") % {"most": PHOTO_BYTES >> 20})


def asks_for_work(mode: str, *, reports: int, refusals: int, own_reports: int) -> bool:
    """Return whether a report needs a proof of work.

    Args:
        mode: The city's setting: ``always``, ``never``, or ``attack``.
        reports, refusals: Of the city within this minute and the one before, the greater.
        own_reports: Of the sender within the hour, this one among them.
    """
    if mode != "attack":
        return mode == "always"
    return reports > ATTACK_REPORTS or refusals > ATTACK_REFUSALS or own_reports > FREE_AN_HOUR
