"""Search over all cases: by words and by all else that is known of one; newest first, a page at a time, nothing counted.

Words are found by two ways, whichever is the shorter. Frequent ones are met soon by whoever walks back through time: so first the
newest cases are looked through, some hundreds, then some thousands. Rare ones are led to by their pairs of characters
(``models.CaseWords``), which is quick as long as they are rare: how frequent the rarest pair is the statistics of the
database say, and where it is rare the walk is spared.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Reverse

from cityloop.cases import models
from cityloop.cases.choices import Kind, Light
from cityloop.cases.models import PHONE_DIGITS
from cityloop.cases.queries.case_list import COLUMNS, CaseLine, Wanted, line_of, narrowed
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.coordinates import coordinates
from cityloop.cases.queries.duplicates import last_said
from cityloop.cases.queries.keyset import Page, cut, newest_first, past
from cityloop.cases.queries.lights import tasks_by_light
from cityloop.cases.queries.rights import knowing_posts
from cityloop.cases.queries.words import words_of
from cityloop.cases.rules.bigrams import grams, plain, runs
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import InvalidInput, NotAllowed
from cityloop.kernel.paging import encode_cursor
from cityloop.kernel.translation import _
from cityloop.organisation.queries import jurisdictions
from cityloop.organisation.queries.scope import NOTHING, scope_of_staff
from cityloop.organisation.rules.staffing import Viewer

SHOWN = 30
"""Cases on a page."""

WINDOWS = (400, 6_000)
"""How many of the newest cases are looked through for words, one after the other, before the index is asked."""

RARE = 4_000
"""Pairs of characters in at most so many cases lead straight to them."""

MOST_WORDS = 6
MINUTE = 60
SHORTEST_PHONE = 5
LIST = "search"
"""Name of the list, for its cursors."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; empty sides narrow nothing.

    Args:
        words: All of them are in the address, the description, the number elsewhere or the name of the class.
        number: Any part of the case's number from its beginning, its day or its end.
        phone: Of whoever reported it; only for posts that may see reporters.
        light: Any one of these, each by its city's clock.
        area: GeoJSON polygon, degrees, WGS 84.
        wanted: All other sides.
    """

    words: str = ""
    number: str = ""
    phone: str = ""
    light: tuple[Light, ...] = ()
    area: str = ""
    wanted: Wanted = field(default_factory=Wanted)

    @property
    def runs(self) -> list[str]:
        """What is looked for in texts, as they are searched."""
        return list(dict.fromkeys(runs(self.words)))[:MOST_WORDS]


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that was found, with what was last said of it."""

    line: CaseLine
    case: UUID
    address: str
    description: str


def may_search_phones(viewer: Viewer) -> frozenset[str]:
    """Return the codes of the cities whose reporters ``viewer`` may see by one of their posts."""
    return frozenset(knowing_posts(viewer))


def search_page(viewer: Viewer, search: Search, *, cursor: str = "", limit: int = SHOWN) -> Page[Hit]:
    """Return a page of the cases that ``viewer`` may see and that are looked for: at most six queries, and each city's.

    Raises:
        InvalidInput: A word has one character, the area is no polygon, the cursor is not one of this list.
        NotAllowed: A phone number is looked for by somebody who may not see who reported.
    """
    rows = searched(viewer, search)
    found, following = _found(viewer, rows, search, cursor, limit)
    words = cache(words_of)
    said = last_said([row.id for row in found])
    lines = [line_of(row, words(row.jurisdiction, row.table_version), viewer) for row in found]
    hits = [
        Hit(line, row.id, texts.get("address", ""), texts.get("description", ""))
        for row, line in zip(found, lines, strict=True)
        for texts in [said.get(row.id, {})]
    ]
    return Page(hits, following)


def all_found(viewer: Viewer, search: Search, batch: int) -> Iterator[list[Any]]:
    """Yield all cases that are looked for, newest first, some at a time: rows of ``case_list.COLUMNS``.

    Frequent words are looked for in one stretch of time after the other, so that no stretch is looked through twice.
    """
    rows, cursor = searched(viewer, search), ""
    classes = {run: classes_called(run, viewer) for run in search.runs}
    if classes and not any(classes.values()) and are_rare(search.runs):
        rows, classes = rows.filter(id__in=_led_to(search.runs).values("case_id")), {}
    while True:
        stretch = list(_columns(past(rows, LIST, cursor)).order_by("-reported_at", "-id")[:batch])
        if not stretch:
            return
        if classes:
            those = models.Case.objects.filter(id__in=[row.id for row in stretch])
            held = set(_all_said(those, classes).order_by().values_list("id", flat=True))
            yield [row for row in stretch if row.id in held]
        else:
            yield stretch
        cursor = encode_cursor(LIST, stretch[-1].reported_at, stretch[-1].id)


def about(viewer: Viewer, search: Search) -> int:
    """Return how many cases the database expects to be looked for, words apart: by its statistics, nothing is counted."""
    sql, parameters = searched(viewer, search).order_by().values("id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
        [plan] = cursor.fetchone()
    return int(plan[0]["Plan"]["Plan Rows"])


def searched(viewer: Viewer, search: Search) -> QuerySet[Any, Any]:
    """Return the cases that are looked for, words apart."""
    if any(len(run) < 2 for run in search.runs):
        raise InvalidInput(_("A word to look for has at least two characters."))
    rows = models.Case.objects.visible_to(viewer).filter(narrowed(viewer, search.wanted))
    if search.number:
        rows = rows.alias(ending=Reverse("number")).filter(_numbered(search.number, viewer))
    if search.phone:
        rows = rows.filter(_called_from(search.phone, viewer))
    if search.light:
        rows = rows.filter(scope_of_staff(viewer)).filter(_shining(search.light, viewer))
    if search.area:
        rows = rows.filter(location__coveredby=area_of(search.area))
    return rows


def area_of(text: str) -> GEOSGeometry:
    """Return the polygon that was drawn.

    Raises:
        InvalidInput: It is none.
    """
    try:
        area = GEOSGeometry(text)
        area.srid = 4490  # GeoJSON is WGS 84, which is stored as CGCS2000 unchanged
    except (ValueError, GEOSException, GDALException) as exc:
        raise InvalidInput(_("The area that was drawn is no polygon. Draw it again.")) from exc
    if area.geom_type not in {"Polygon", "MultiPolygon"} or not area.valid or area.num_coords > 500:
        raise InvalidInput(_("The area that was drawn is no polygon. Draw it again."))
    return area


def _found(
    viewer: Viewer, rows: QuerySet[Any, Any], search: Search, cursor: str, limit: int
) -> tuple[list[Any], str | None]:
    if not search.runs:
        return newest_first(_columns(rows), LIST, cursor, limit)
    classes = {run: classes_called(run, viewer) for run in search.runs}
    named = frozenset[str]().union(*classes.values())
    if named or not are_rare(search.runs):
        for window in WINDOWS:
            newest = past(rows, LIST, cursor).order_by("-reported_at", "-id").values("id")[:window]
            those = _all_said(models.Case.objects.filter(id__in=newest), classes)
            found, following = newest_first(_columns(those), LIST, "", limit)
            if following is not None:
                return found, following
    led = rows.filter(id__in=_led_to(search.runs).values("case_id"))
    found, following = newest_first(_columns(led), LIST, cursor, limit)
    if named:
        walked = _all_said(rows.filter(category__in=sorted(named)), classes)
        others, _following = newest_first(_columns(walked), LIST, cursor, limit + 1)
        both = {row.id: row for row in [*found, *others]}.values()
        return cut(LIST, sorted(both, key=lambda row: (row.reported_at, row.id), reverse=True), limit, "reported_at")
    return found, following


def _columns(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    columns: QuerySet[Any, Any] = rows.annotate(**coordinates("location")).values_list(*COLUMNS, named=True)
    return columns


def _all_said(rows: QuerySet[Any, Any], classes: Mapping[str, frozenset[str]]) -> QuerySet[Any, Any]:
    """Return those of ``rows`` that hold every word, looked at one by one."""
    for run, keys in classes.items():
        said = Q(words__said__contains=run)
        rows = rows.filter(said | Q(category__in=sorted(keys)) if keys else said)
    return rows


def _led_to(wanted: Sequence[str]) -> QuerySet[models.CaseWords]:
    """Return the rows to which the pairs of characters of all words lead; what shares them by chance is left out again."""
    rows = models.CaseWords.objects.filter(grams__contains=sorted({one for run in wanted for one in grams(run)}))
    for run in wanted:
        rows = rows.filter(said__contains=run)
    return rows


def classes_called(run: str, viewer: Viewer) -> frozenset[str]:
    """Return the keys of the classes in whose name ``run`` stands, in any of the viewer's cities."""
    return frozenset(
        key
        for code in (jurisdictions() if viewer.is_system else viewer.jurisdictions)
        for key, one in loop_city(code).categories.items()
        if any(run in plain(name) for name in (one.name_zh, one.name_en, *one.aliases_zh))
    )


def are_rare(wanted: Sequence[str]) -> bool:
    """Return whether the rarest pair of characters among the words stands in few cases, by the database's own statistics."""
    known, least, cases = _frequencies(int(machine_now().timestamp()) // MINUTE)
    if cases < RARE:
        return True
    shares = [known.get(one, least) for run in wanted for one in grams(run)]
    return min(shares, default=1.0) * cases <= RARE


@lru_cache(maxsize=1)
def _frequencies(_minute: int) -> tuple[dict[int, float], float, float]:
    """Return the share of cases of each frequent pair, that of the least frequent one known, and how many cases there are."""
    with connection.cursor() as cursor:
        cursor.execute(STATISTICS)
        found = cursor.fetchone()
    if found is None:
        return {}, 1.0, 0.0
    elements, shares, cases = found
    known = dict(zip(elements or (), shares or (), strict=False))
    return known, min(known.values(), default=1.0), cases


STATISTICS = """
-- The shares come with three more at their end, of the column as a whole.
SELECT s.most_common_elems::text::int[], s.most_common_elem_freqs, c.reltuples
FROM pg_class AS c LEFT JOIN pg_stats AS s ON s.tablename = c.relname AND s.attname = 'grams' AND s.schemaname = 'public'
WHERE c.oid = 'cases_casewords'::regclass
"""


def _numbered(number: str, viewer: Viewer) -> Q:
    """Return the condition of a case whose number begins or ends so, or begins so after its city's code."""
    condition = Q(number__startswith=number) | Q(ending__startswith=number[::-1])
    for code in sorted(viewer.jurisdictions):
        condition |= Q(number__startswith=code + number)
    return condition


def phones_known(viewer: Viewer) -> frozenset[str]:
    """Return the codes of the cities in which ``viewer`` may look for a phone number.

    Raises:
        NotAllowed: There is none.
    """
    knowing = may_search_phones(viewer)
    if not knowing:
        raise NotAllowed(_("Who reported a case is not shown to your post, so it is not searched either."))
    return knowing


def _called_from(phone: str, viewer: Viewer) -> Q:
    knowing = phones_known(viewer)
    return Q(jurisdiction__in=sorted(knowing), id__in=calls_from(phone).values("case_id"))


def calls_from(phone: str) -> QuerySet[models.CaseText]:
    """Return the texts that name a phone number, however it was typed; what was erased is not among them."""
    digits = re.sub(r"\D", "", plain(phone))[-11:]
    rows = models.CaseText.objects.filter(field="reporter_phone", text__isnull=False)
    return rows.alias(digits=PHONE_DIGITS).filter(digits=digits) if len(digits) >= SHORTEST_PHONE else rows.none()


def _shining(lights: tuple[Light, ...], viewer: Viewer) -> Q:
    """Return the condition of a case that shines in one of ``lights``, each by its city's clock (``lights.case_light``)."""
    condition = NOTHING
    for code in sorted(viewer.works_in):
        which = tasks_by_light(loop_city(code).city.now())
        paused = Q(due_at=None, kind=Kind.PAUSED)
        sides = [paused if one is Light.PAUSED else which[one] for one in lights if one is not Light.NONE]
        if sides:
            condition |= Q(jurisdiction=code) & reduce(or_, sides)
    return condition & models.OPEN
