"""Features: pages of whole rows, made into text by PostGIS. The viewer's rights are inside each statement.

A page is read by key: the next one begins behind the last row of this, so that the hundredth costs what the first costs. It ends
at its limit or where it becomes too long for a small machine, whichever comes first.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DataError, InternalError, OperationalError, connection, transaction

from cityloop.kernel.errors import InvalidInput, Unavailable
from cityloop.kernel.paging import encode_cursor, key_of
from cityloop.kernel.translation import _
from cityloop.onemap.queries import NO_ROWS
from cityloop.onemap.rules.asking import Asked
from cityloop.onemap.rules.conditions import Condition
from cityloop.onemap.rules.crs import CRS84, Crs
from cityloop.onemap.rules.layer import ALWAYS, Features, Layer, Look, Moment, Rows, Span

COUNTED = 10_000
"""Up to so many features are counted, once, for the first page; more are not: a count of millions is dear, and read by nobody."""

MOST_BYTES = 16_000_000
"""Of one page: coasts and borders may have ten thousand points each."""

AT_ONCE = 1_001
"""Features that are fetched in one go; a page of no more needs no cursor in the database, which takes three more questions."""

MANY_KEPT = 1_000
"""Questions of which a process remembers that more is found than is counted."""

PATIENCE_MS = 15_000
"""How long the database works on one page before it gives up: a stranger's filter must not hold it up."""

TODAY = "(%({days})s::date[])[array_position(%(cities)s::text[], r.jurisdiction::text)]"


@dataclass(frozen=True, slots=True)
class Page:
    """Some features, each as text.

    Args:
        matched: How many there are on all pages; None where they are more than are counted.
        cursor: Where the next page begins; ``""`` where there is none.
    """

    features: Sequence[str]
    matched: int | None
    cursor: str


@dataclass(frozen=True, slots=True)
class Writing:
    """How a feature becomes a text: an expression over the row ``r``, and its values."""

    sql: str
    values: Mapping[str, Any]


def dated(table: str, columns: str = "r.*") -> str:
    """Return the statement of features that are the rows of a dated table: of the cities looked at, on the days looked at."""
    return f"""
        SELECT {columns} FROM {table} r
        WHERE r.jurisdiction = ANY(%(cities)s::text[]) AND r.valid_from <= {TODAY.format(days="lasts")}
            AND (r.valid_to IS NULL OR r.valid_to > {TODAY.format(days="firsts")})
    """


def dated_rows(table: str) -> Any:
    """Return what gives the rows of a dated table (``Features.rows``)."""
    sql = dated(table)
    return lambda _look, _span: Rows(sql, ())


# --- how a feature is written


def as_geojson(features: Features, crs: Crs = CRS84) -> Writing:
    """Return how a feature is written as GeoJSON."""
    columns = ", ".join(f'{column.over(name)} AS "{name}"' for name, column in features.columns.items())
    geometry = f"coalesce(ST_AsGeoJSON({crs.out('r.geometry')}, {crs.digits}, 0), 'null')"
    sql = (
        f"""'{{"type":"Feature","id":' || to_json(r.{features.key})::text || ',"geometry":' || {geometry} ||"""
        f""" ',"properties":' || row_to_json((SELECT p FROM (SELECT {columns}) AS p))::text || '}}'"""
    )
    return Writing(sql, {})


# --- questions


def page(layer: Layer, look: Look, asked: Asked, writing: Writing | None = None) -> Page:
    """Return a page of the features that ``look`` may see.

    Args:
        writing: How they are written; as GeoJSON without.
    Raises:
        InvalidInput: The cursor is not one of this layer, or a condition cannot be reckoned.
        Unavailable: The conditions take too long.
    """
    assert layer.features is not None
    matched, after = None, None
    if asked.cursor:
        city, row, counted = key_of(layer.name, asked.cursor, str, str, int)
        matched, after = (None if counted < 0 else counted), (city, row)
    with asking(layer, look, asked) as statement:
        if statement is None:
            return Page((), 0, "")
        written = writing or as_geojson(layer.features, asked.crs)
        features, last, is_last = statement.read(written, asked.limit, after, asked.offset)
        if after is None:
            all_read = is_last and not asked.offset
            matched = len(features) if all_read else _matched(layer, statement, asked)
    known = -1 if matched is None else matched
    cursor = "" if is_last or last is None else encode_cursor(layer.name, *last, known)
    return Page(features, matched, cursor)


_many: OrderedDict[str, None] = OrderedDict()
"""Questions that find more than ``COUNTED``. That a number is left out is never false, so nothing needs to forget one but the day, which
is part of the question."""


def _matched(layer: Layer, statement: "Statement", asked: Asked) -> int | None:
    """Return how many features there are; None where they are more than are counted."""
    told = [one.values for one in asked.conditions]
    question = repr((layer.name, statement.source, statement.values["cities"], statement.values["lasts"], told))
    if question in _many:
        return None
    number = statement.counted(COUNTED)
    if number is None:
        _many[question] = None
        if len(_many) > MANY_KEPT:
            _many.popitem(last=False)
    return number


def count(layer: Layer, look: Look, asked: Asked) -> int:
    """Count the features that ``look`` may see, however many: for whoever asks for the number alone."""
    with asking(layer, look, asked) as statement:
        return 0 if statement is None else statement.counted() or 0


def feature(layer: Layer, look: Look, key: str, writing: Writing | None = None, crs: Crs = CRS84) -> str | None:
    """Return one feature that ``look`` may see, whenever it was; None where there is none of this key."""
    assert layer.features is not None
    here = Condition(f"r.{layer.features.key} = %(key)s", {"key": key})
    try:
        with asking(layer, look, Asked(conditions=(here,), span=ALWAYS)) as statement:
            found = [] if statement is None else statement.read(writing or as_geojson(layer.features, crs), 1)[0]
    except InvalidInput:  # no key of this kind
        return None
    return found[0] if found else None


# --- the statement


@dataclass(frozen=True, slots=True)
class Statement:
    """What there is to read: everything behind ``SELECT …``, over the row ``r``, and its values."""

    source: str
    values: Mapping[str, Any]

    def counted(self, most: int | None = None) -> int | None:
        """Count the rows; None where there are more than ``most``."""
        within = "" if most is None else f"LIMIT {most + 1}"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM (SELECT 1 {self.source} {within}) AS counted", self.values)
            number: int = cursor.fetchone()[0]
        return None if most is not None and number > most else number

    def read(
        self, writing: Writing, limit: int, after: tuple[str, str] | None = None, offset: int = 0
    ) -> tuple[list[str], tuple[str, str] | None, bool]:
        """Return the features as text, the key of the last, and whether there is none behind it."""
        # As two ranges: of a comparison of both columns at once an index takes the first alone where the city is given too.
        ranges = (
            ["AND r.jurisdiction = %(after_city)s AND r.id > %(after_row)s", "AND r.jurisdiction > %(after_city)s"]
            if after
            else [""]
        )
        values = {**self.values, **writing.values}
        if after:
            values |= {"after_city": after[0], "after_row": after[1]}
        features: list[str] = []
        last, size = None, 0
        for begins in ranges:
            more = limit + 1 - len(features)
            # Chosen first and written then: rows that OFFSET passes over would be written too.
            chosen = f"SELECT r.* {self.source} {begins} ORDER BY r.jurisdiction, r.id LIMIT {more} OFFSET {offset}"
            statement = (
                f"SELECT {writing.sql}, r.jurisdiction, r.id::text FROM ({chosen}) AS r ORDER BY r.jurisdiction, r.id"
            )
            with connection.cursor() if limit < AT_ONCE else connection.chunked_cursor() as cursor:
                cursor.execute(statement, values)
                while rows := cursor.fetchmany(min(AT_ONCE, limit + 1)):
                    for text, city, row in rows:
                        if len(features) == limit or (size > MOST_BYTES and features):
                            return features, last, False
                        features.append(text)
                        last, size = (city, row), size + len(text)
        return features, last, True


@contextmanager
def asking(
    layer: Layer, look: Look, asked: Asked, rows_of: Callable[[Look, Span | None], Rows] | None = None
) -> Iterator[Statement | None]:
    """Give the statement of what ``look`` may see of a layer, within a transaction that does not last for ever.

    None where that is nothing.

    Args:
        rows_of: What gives the rows instead of those of its features, with the same rights inside.
    Raises:
        InvalidInput: The conditions cannot be reckoned.
        Unavailable: They take too long.
    """
    assert layer.features is not None
    moments = look.everywhere if layer.is_public else look.cities
    rows = (rows_of or layer.features.rows)(look, asked.span) if moments else NO_ROWS
    if rows is NO_ROWS:
        yield None
        return
    values = {
        **_values_of(moments, asked.span),
        **rows.values,
        **{name: value for one in asked.conditions for name, value in one.values.items()},
    }
    conditions = " AND ".join(["true", *(one.sql for one in asked.conditions)])
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE_MS)])
            yield Statement(f"FROM ({rows.sql}) AS r WHERE {conditions}", values)
    except (DataError, InternalError) as exc:
        # What the kinds of a filter's pieces do not tell: a number too large, a box beyond a projection's world.
        raise InvalidInput(_("What was asked for cannot be reckoned: a number or a place lies too far out.")) from exc
    except OperationalError as exc:
        if getattr(exc.__cause__, "sqlstate", "") != "57014":  # query_canceled
            raise
        raise Unavailable(_("This takes too long. Ask for a smaller area or a simpler filter.")) from exc


def _values_of(moments: Sequence[Moment], span: Span | None) -> dict[str, Any]:
    days = [(city.today, city.today) if span is None else span.days(city) for city in moments]
    return {
        "cities": [city.jurisdiction for city in moments],
        "firsts": [first for first, _last in days],
        "lasts": [last for _first, last in days],
        "nows": [city.now for city in moments],
    }
