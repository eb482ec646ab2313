"""A search as its address says it, and its address as the search says it.

A phone number stands in no address, where it would come into logs and histories: what was typed is exchanged for a key
(``actions.searching.phone_key``), which stands there as ``caller``.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from cityloop.cases.choices import Light
from cityloop.cases.queries.case_list import Wanted
from cityloop.cases.queries.search import Search

CODES = ("state", "source", "category", "department", "street")
CALLER = "caller"
"""Side of an address that holds the key of a phone number."""

TEXTS = ("words", "number", "external", "since", "until", "area", CALLER)
KEPT = (*TEXTS, *CODES, "light")
LONGEST = 200
AREA_LONGEST = 3500


def search_of(sent: QueryDict, zone: tzinfo, phone: str = "") -> Search:
    """Return what an address asks for; what it does not know is left aside.

    Args:
        zone: The city's: days are its own.
        phone: For which the key in the address stands.
    """
    texts = {name: _text(sent, name) for name in TEXTS}
    code = {
        name: tuple(one for one in sent.getlist(name) if one and one.isprintable() and len(one) < 100) for name in CODES
    }
    return Search(
        words=texts["words"],
        number="".join(sign for sign in texts["number"] if sign.isascii() and sign.isdigit())[:19],
        phone=phone,
        light=tuple(Light(one) for one in sent.getlist("light") if one in Light.values),
        area=texts["area"],
        wanted=Wanted(
            state=code["state"],
            source=code["source"],
            category=code["category"],
            department=code["department"],
            street=next(iter(code["street"]), ""),
            external_number=texts["external"],
            reported_from=_day(texts["since"], zone),
            reported_to=_day(texts["until"], zone, following=True),
        ),
    )


def query_of(sent: QueryDict) -> str:
    """Return the search as the query of an address, without what is empty and without the place in the list."""
    return _query(sent, KEPT)


def lasting_query_of(sent: QueryDict) -> str:
    """Return what of a search may be kept by a name: all but who called, whose data stand nowhere but in texts that are erased."""
    return _query(sent, [name for name in KEPT if name != CALLER])


def _query(sent: QueryDict, names: Iterable[str]) -> str:
    return urlencode([(name, value) for name in names for value in sent.getlist(name) if value.strip()])


def typed(sent: QueryDict) -> Mapping[str, Any]:
    """Return what the form shows in its fields, but for a phone number."""
    return {name: sent.get(name, "") for name in (*TEXTS, *CODES)} | {"light": sent.getlist("light"), "phone": ""}


def _text(sent: QueryDict, name: str) -> str:
    text = sent.get(name, "").replace("\0", "").strip()
    return text[: AREA_LONGEST if name == "area" else LONGEST]


def _day(text: str, zone: tzinfo, *, following: bool = False) -> datetime | None:
    """Return when a day of the city begins, or the one after it; None for what is no day between 1970 and 2199."""
    try:
        day = datetime.fromisoformat(text[:10]).date()
    except ValueError:
        return None
    if not 1970 <= day.year < 2200:
        return None
    return datetime.combine(day + timedelta(days=int(following)), time(), tzinfo=zone)
