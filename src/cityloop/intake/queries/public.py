"""What the public page shows: a city's page, its classes, what lies at a place and near it, what became of a report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.crypto import salted_hmac

from cityloop.cases.queries import loop_city
from cityloop.cases.queries.cities import LoopCity
from cityloop.cases.queries.duplicates import probable
from cityloop.cases.queries.public_near import open_near
from cityloop.cases.queries.public_view import PublicCase, most_reported, public_case
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.table import Action, Table
from cityloop.geography import queries as geography
from cityloop.intake import models
from cityloop.intake.choices import Answer
from cityloop.intake.rules import public_settings as keys
from cityloop.intake.rules.follow_up import tidied
from cityloop.kernel.errors import InvalidInput, NotFound
from cityloop.kernel.hiding import hidden, revealed
from cityloop.kernel.translation import _, language
from cityloop.organisation import queries as organisation
from cityloop.organisation.queries import City, system_viewer
from cityloop.places.queries import nearest_road
from cityloop.standards.choices import ObjectType
from cityloop.standards.rules import Category, symbol_of

TILES = 9
LEAST_TILES = 6
FOUND_MOST = 40
NEAR_M = 150.0
SAME_TOKEN_S = 3600
SALT = "cityloop.intake.public"

USUAL = ("06010", "06012", "07001", "09001", "09010", "06036", "08006", "06004", "07007")
"""Codes of matters that are shown first where nobody has reported anything yet."""


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A city's public page. ``source`` is the one under which its table takes reports from it."""

    code: str
    city: City
    name: str
    title: str
    words: str
    thanks: str
    hotline: str
    shows_due: bool
    shows_near: bool
    proof: str
    source: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A class as the public chooses it; ``sign`` is its symbol's name, ``group`` its big class."""

    key: str
    name: str
    sign: str
    group: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A place, said back in words. ``city`` is the code of the city that it belongs to."""

    lon: float
    lat: float
    city: str
    words: str


@dataclass(frozen=True, slots=True)
class Near:
    """An open problem near by, as much as the public sees of it."""

    name: str
    step: str
    distance_m: int
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Same:
    """A case that probably tells of the same thing; ``token`` says which it is to nobody but this server, for an hour."""

    name: str
    step: str
    distance_m: int
    reported_at: datetime
    token: str


@dataclass(frozen=True, slots=True)
class Followed:
    """What a follow-up code leads to."""

    row: models.FollowUp
    page: PublicPage
    case: PublicCase

    @property
    def is_own(self) -> bool:
        return self.row.kind == Answer.REPORT


def public_page(code: str) -> PublicPage:
    """Return a city's public page: the city's small query.

    Raises:
        NotFound: There is no such city, or its page is off, or its table takes no report from the public.
    """
    page = _page(code) if code.isascii() and code.isdigit() else None
    if page is None:
        raise NotFound(_("There is no public page for reports at this address."))
    return page


def _page(code: str) -> PublicPage | None:
    try:
        city = organisation.city(code)
    except NotFound:
        return None
    settings = city.settings
    loop = table_in_force(code)
    source = source_of(loop)
    if not settings[keys.IS_ON] or not source or reporting(loop) is None:
        return None
    return PublicPage(
        code=code,
        city=city,
        name=(city.name_en if language() == "en" else "") or city.name,
        title=settings[keys.TITLE],
        words=settings[keys.WORDS],
        thanks=settings[keys.THANKS],
        hotline=settings[keys.HOTLINE],
        shows_due=settings[keys.SHOWS_DUE],
        shows_near=settings[keys.SHOWS_NEAR],
        proof=settings[keys.PROOF],
        source=source,
    )


def page_of(code: str) -> PublicPage:
    """Return a city's public page, also where it is off: whoever has reported still reads what became of it."""
    return _page(code) or _closed_page(code)


def reporting(loop: Table) -> Action | None:
    """Return the action by which the public reports; None where a city's table has none."""
    return loop.reporting([post for post in loop.posts if loop.is_public(post)])


def source_of(loop: Table) -> str:
    """Return the public source that a report from the page names: the page's own, else the first that the public may name, "" for none."""
    posts = [post for post in loop.posts if loop.is_public(post)]
    open_ones = [
        code for code, one in loop.sources.items() if one.public and any(loop.may_name(p, code) for p in posts)
    ]
    return next((code for code in open_ones if loop.sources[code].page), next(iter(open_ones), ""))


def public_pages() -> list[PublicPage]:
    """Return the cities whose public page is on, by code."""
    return [page for code in sorted(organisation.jurisdictions()) if (page := _page(code)) is not None]


def is_any_on() -> bool:
    """Return whether anybody may report here without an account."""
    return any(_page(code) is not None for code in organisation.jurisdictions())


# --- classes


def tiles(page: PublicPage) -> list[Tile]:
    """Return the classes that are shown first: those that the city names, else those of the last weeks, topped up by usual ones."""
    return list(_tiles(page.code, page.city.versions, page.city.now().strftime("%Y-%m-%d %H"), language()))


@lru_cache(maxsize=256)
def _tiles(code: str, versions: tuple[int, int], hour: str, language_: str) -> tuple[Tile, ...]:  # noqa: ARG001  # the key
    """Once an hour for a process: which classes a season brings changes by the week."""
    city = loop_city(code)
    named = city.city.settings[keys.CLASSES]
    known = _matters(city)
    chosen = [key for key in named if key in known][:TILES]
    if not chosen:
        loop = table_in_force(code)
        sources = [source for source, one in loop.sources.items() if one.public]
        chosen = [key for key in most_reported(code, sources=sources, at=city.city.now()) if key in known][:TILES]
    if len(chosen) < LEAST_TILES:
        usual = [key for code_ in USUAL for key in known if key.endswith(f"/{code_}")]
        chosen = list(dict.fromkeys([*chosen, *usual, *known]))[:LEAST_TILES]
    return tuple(_tile(known[key]) for key in chosen)


def class_names(code: str) -> dict[str, str]:
    """Return the classes that a city's public page may show, by key with their names in the reader's language."""
    return {key: _tile(one).name for key, one in _matters(loop_city(code)).items()}


def find_classes(page: PublicPage, words: str) -> list[Tile]:
    """Return the classes that ``words`` name, by name or another name; all of them where nothing was typed."""
    wanted = words.lower().split()
    return [
        _tile(one)
        for one in _matters(loop_city(page.code)).values()
        if all(any(word in text.lower() for text in _names(one)) for word in wanted)
    ][: FOUND_MOST if wanted else None]


def class_of(page: PublicPage, key: str) -> Tile | None:
    known = _matters(loop_city(page.code)).get(key)
    return _tile(known) if known else None


def _matters(city: LoopCity) -> Mapping[str, Category]:
    return {key: one for key, one in sorted(city.categories.items()) if one.type == ObjectType.EVENT}


def _names(one: Category) -> Iterable[str]:
    return (one.name_zh, one.name_en, one.big_name_zh, one.big_name_en, *one.aliases_zh)


def _tile(one: Category) -> Tile:
    is_english = language() == "en"
    return Tile(
        one.key,
        (one.name_en if is_english else "") or one.name_zh,
        symbol_of(one.scheme, one.type, one.big_code, one.name_zh),
        (one.big_name_en if is_english else "") or one.big_name_zh,
    )


# --- places


def spot_at(page: PublicPage, lon: float, lat: float) -> Spot:
    """Return what lies at a point: which city it belongs to, and where that is in words. At most four queries.

    Raises:
        InvalidInput: It is no position, or lies in no city whose public page is on.
    """
    today = page.city.today()
    located = geography.locate(lon, lat, today)
    if located is None or _page(located.jurisdiction) is None:
        raise InvalidInput(
            _("This place lies outside %(city)s. Move the map, or write the address below.") % {"city": page.name}
        )
    names = geography.region_names([located.street, located.community], today)
    road = nearest_road(lon, lat, today, located.jurisdiction)
    areas = [names[area] for area in (located.street, located.community) if area in names]
    near = [_("near %(road)s") % {"road": road.name}] if road else []
    words = " · ".join([*areas, *near]) or f"{lat:.5f}, {lon:.5f}"
    return Spot(round(lon, 6), round(lat, 6), located.jurisdiction, words)


def near(page: PublicPage, lon: float, lat: float) -> list[Near]:
    """Return open problems near by that others of the public reported: one query, none where the city does not show them."""
    if not page.shows_near:
        return []
    loop, words = table_in_force(page.code), _words(page.code)
    sources = [code for code, one in loop.sources.items() if one.public]
    return [
        Near(words.category(one.category).name, step_of(loop, words, one.state), one.distance_m, one.lon, one.lat)
        for one in open_near(page.code, (lon, lat), NEAR_M, sources=sources)
    ]


def _words(code: str) -> Words:
    return Words(table_in_force(code), loop_city(code))


def step_of(loop: Table, words: Words, state: str) -> str:
    """Return where a case stands in public words: its step's, for the states are the staff's."""
    known = loop.states.get(state)
    return words.label(loop.steps[known.step]) if known else ""


# --- what is probably the same


def same(page: PublicPage, *, lon: float, lat: float, key: str, text: str) -> list[Same]:
    """Return cases that probably tell of the same thing, the most probable first: the queries of ``probable``.

    The public learns of each its class, how far it is and where it stands: no number, no words, no name.
    """
    found = probable(
        page.code,
        point=(lon, lat),
        category=key,
        at=page.city.now(),
        text=text,
        viewer=system_viewer("public", page.code),
        limit=3,
    )
    loop, words = table_in_force(page.code), _words(page.code)
    return [
        Same(
            one.category.name,
            step_of(loop, words, one.state.code),
            one.distance_m,
            one.reported_at,
            hidden([page.code, one.number, one.category.code], salt=f"{SALT}.same"),
        )
        for one in found
        if one.is_open
    ]


def same_of(token: str, page: PublicPage) -> tuple[str, str]:
    """Return number and class of the case that a token of ``same`` stands for.

    Raises:
        NotFound: It is none of ours, of another city, or older than an hour.
    """
    try:
        code, number, category = revealed(token, salt=f"{SALT}.same", max_age_s=SAME_TOKEN_S)
    except (ValueError, TypeError) as exc:
        raise NotFound(_("This choice is too old. Go back one step: what is near by is looked up anew.")) from exc
    if code != page.code:
        raise NotFound(_("This choice belongs to another city."))
    return str(number), str(category)


# --- what became of it


def digest_of(code: str) -> bytes:
    """Return what is kept of a follow-up code: a digest keyed with the installation's secret."""
    return salted_hmac(f"{SALT}.follow-up", code, algorithm="sha256").digest()


def followed(typed: str) -> Followed:
    """Return what a follow-up code leads to; who reported may have been erased meanwhile, the code holds.

    Raises:
        NotFound: There is no such code.
    """
    code = tidied(typed)
    row = models.FollowUp.objects.filter(digest=digest_of(code)).first() if code else None
    if row is None:
        raise NotFound(
            _("There is no report with this code. Compare it sign by sign: there is no 0, no O, no 1, no I in it.")
        )
    case = public_case(row.number, row.jurisdiction, own_photos=row.kind == Answer.REPORT)
    return Followed(row, page_of(row.jurisdiction), case)


def _closed_page(code: str) -> PublicPage:
    """Return the page of a city that has switched it off: whoever has a code still reads what became of their report."""
    city = organisation.city(code)
    settings: Mapping[str, Any] = city.settings
    name = (city.name_en if language() == "en" else "") or city.name
    return PublicPage(
        code, city, name, "", "", "", settings[keys.HOTLINE], settings[keys.SHOWS_DUE], False, settings[keys.PROOF], ""
    )  # fmt: skip
