"""What an import changes, row by row: what is new, what becomes otherwise with each field before and after, what is gone.

Before it is applied the staged rows are held against what is there; afterwards the list of what was written tells it, and of parts their
own history. A page is 100 rows, by key: the thousandth costs what the first does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from cityloop.assets.actions.importing.checking import work_of
from cityloop.assets.actions.importing.comparing import gone
from cityloop.assets.actions.importing.statements import HOLDS, changed, expression, inserted, key_of_row, parameters
from cityloop.assets.choices import ChangeKind, Fate, ImportState, Origin
from cityloop.assets.models import ImportRun, PartChange
from cityloop.assets.queries.told import Told, told_values
from cityloop.assets.queries.words import PartWords
from cityloop.assets.rules.imports.fields import Field
from cityloop.assets.targets import Target, Work, of_name
from cityloop.kernel.translation import _

ROWS = 100
MOST_TEXT = 120
KINDS = {Fate.ADDED: "added", Fate.CHANGED: "changed", Fate.GONE: "gone"}
"""The fates that can be looked at, and under which name an import counts them."""


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One row: where it stands in the order, its number in the file (0: in none), its key, what is told of it, a point on it in degrees."""

    place: int
    number: int
    key: str
    says: Sequence[Told]
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class ComparedPage:
    """Some rows of a kind; ``after`` asks for the next ones, 0 where there are none."""

    rows: Sequence[ComparedRow]
    after: int


def compared(run: ImportRun, kind: Fate, after: int = 0) -> ComparedPage:
    """Return a page of what an import would change, or has changed: one query, and the names of what it tells.

    Args:
        run: Checked or applied; of any other nothing is told.
        kind: One of ``KINDS``.
        after: ``place`` of the last row of the page before.
    """
    if run.state not in {ImportState.CHECKED, ImportState.APPLIED}:
        return ComparedPage([], 0)
    target = of_name(run.target)
    if run.compared is not None:
        rows = _of_lines(target, run.compared, kind)[after:]
        return ComparedPage(rows[:ROWS], rows[ROWS - 1].place if len(rows) > ROWS else 0)
    work = work_of(run)
    if run.state == ImportState.CHECKED:
        rows = _to_come(target, work, kind, after)
    elif kind is Fate.CHANGED and target.in_place:
        rows = _in_history(run, after)
    else:
        rows = _written(target, work, kind, after)
    return ComparedPage(rows[:ROWS], rows[ROWS - 1].place if len(rows) > ROWS else 0)


def _of_lines(target: Target, lines: Sequence[Mapping[str, Any]], kind: Fate) -> list[ComparedRow]:
    """Return what is told of areas (``area_lines``); their place is their number among those of a kind."""
    titles = {one.name: one for one in target.fields}
    found = []
    for place, line in enumerate((line for line in lines if line["kind"] == kind), start=1):
        says = [
            Told(name, str(titles[name].title), _word(titles[name], was), _word(titles[name], becomes))
            for name, was, becomes in line["says"]
        ]
        found.append(ComparedRow(place, line["number"], line["key"], says, line["lon"], line["lat"]))
    return found


# --- before it is applied

NEW = """
SELECT s.number, s.number, s.key, {spot}, {values} FROM assets_stagedrow s
WHERE s.run_id = %(run)s AND s.is_good AND s.fate IN ('a', 'n') AND s.number > %(after)s ORDER BY s.number LIMIT %(most)s
"""

OTHERWISE = """
SELECT s.number, s.number, s.key, {spot}, {was}, {values}, round(ST_Distance(t.geometry::geography, s.geometry::geography)::numeric, 1)
FROM assets_stagedrow s JOIN {table} t ON {same}
WHERE s.run_id = %(run)s AND s.is_good AND s.fate = 'c' AND s.number > %(after)s ORDER BY s.number LIMIT %(most)s
"""

MISSING = """
SELECT t.id, 0, {key}, {spot}, {was} {gone} AND t.id > %(after)s ORDER BY t.id LIMIT %(most)s
"""


def _to_come(target: Target, work: Work, kind: Fate, after: int) -> list[ComparedRow]:
    fields = _fields(target, work)
    given = parameters(target, work) | {"after": after, "most": ROWS + 1}
    words: dict[str, Any] = {
        "table": target.table, "key": key_of_row(target), "spot": _spot("s" if kind is not Fate.GONE else "t"),
        "values": _texts(expression(one) for one in fields), "was": _texts(f"t.{one.name}" for one in fields),
    }  # fmt: skip
    if kind is Fate.GONE:
        if target.apply is not None:
            return []
        return _told(MISSING.format(gone=gone(target), **words), given, fields, before=True)
    if kind is Fate.CHANGED:
        same = "t.id = s.was" if target.apply is None else f"{words['key']} = s.key AND {HOLDS}"
        return _told(OTHERWISE.format(same=same, **words), given, fields, before=True, after=True)
    return _told(NEW.format(**words), given, fields, after=True)


# --- afterwards

FOLLOWS = """EXISTS (
    SELECT 1 FROM assets_importchange c, unnest(c.rows) AS ended(id) JOIN {table} o ON o.id = ended.id
    WHERE c.run_id = %(run)s AND c."table" = '{table}' AND c.fate = 'g' AND o.valid_to = t.valid_from AND {other_key} = {key}
)"""

LISTED = """
SELECT t.id, 0, {key}, {spot}, {values} FROM {table} t
WHERE t.id IN (SELECT unnest(c.rows) FROM assets_importchange c WHERE c.run_id = %(run)s AND c."table" = '{table}' AND c.fate = '{fate}')
    AND t.id > %(after)s {further} ORDER BY t.id LIMIT %(most)s
"""

FOLLOWED = """
SELECT t.id, 0, {key}, {spot}, {was}, {values}, round(ST_Distance(o.geometry::geography, t.geometry::geography)::numeric, 1)
FROM {table} t JOIN {table} o ON o.valid_to = t.valid_from AND {other_key} = {key} AND o.jurisdiction = t.jurisdiction
WHERE t.id IN (SELECT unnest(c.rows) FROM assets_importchange c WHERE c.run_id = %(run)s AND c."table" = '{table}' AND c.fate = 'a')
    AND o.id IN (SELECT unnest(c.rows) FROM assets_importchange c WHERE c.run_id = %(run)s AND c."table" = '{table}' AND c.fate = 'g')
    AND t.id > %(after)s ORDER BY t.id LIMIT %(most)s
"""

CONTINUED = """AND NOT EXISTS (
    SELECT 1 FROM assets_importchange c, unnest(c.rows) AS new(id) JOIN {table} o ON o.id = new.id
    WHERE c.run_id = %(run)s AND c."table" = '{table}' AND c.fate = 'a' AND o.valid_from = t.valid_to AND {other_key} = {key}
)"""


def _written(target: Target, work: Work, kind: Fate, after: int) -> list[ComparedRow]:
    fields = _fields(target, work)
    given = {"run": work.run_id, "after": after, "most": ROWS + 1}
    words: dict[str, Any] = {
        "table": target.table, "key": key_of_row(target), "other_key": key_of_row(target, "o"), "spot": _spot("t"), "fate": kind.value,
        "values": _texts(f"t.{one.name}" for one in fields), "was": _texts(f"o.{one.name}" for one in fields),
    }  # fmt: skip
    if kind is Fate.CHANGED:
        return _told(FOLLOWED.format(**words), given, fields, before=True, after=True)
    if target.in_place:
        further = ""
    elif kind is Fate.ADDED:
        further = f"AND NOT {FOLLOWS.format(**words)}"
    else:
        further = CONTINUED.format(**words)
    statement = LISTED.format(further=further, **words)
    return _told(statement, given, fields, before=kind is Fate.GONE, after=kind is Fate.ADDED)


def _in_history(run: ImportRun, after: int) -> list[ComparedRow]:
    """Return parts that an import changed, as their history tells it."""
    rows = PartChange.objects.filter(jurisdiction=run.jurisdiction, ref=str(run.id), origin=Origin.IMPORT, pk__gt=after)
    rows = rows.exclude(kind=ChangeKind.GONE).order_by("pk")
    found = list(rows[: ROWS + 1])
    areas = {
        str(side.get(name) or "")
        for one in found
        for side in (one.before, one.after)
        for name in ("street", "community")
    }
    words = PartWords.of(run.jurisdiction, areas)
    scheme = str(run.options.get("scheme") or words.home.scheme)
    spots = _spots_of(run.jurisdiction, [one.code for one in found])
    return [
        ComparedRow(
            one.pk, 0, one.code, told_values(words, scheme, one.before, one.after), *spots.get(one.code, (None, None))
        )
        for one in found
    ]


def _spots_of(jurisdiction: str, codes: Sequence[str]) -> dict[str, tuple[float, float]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.code, {_spot('t')} FROM assets_part t WHERE t.jurisdiction = %s AND t.code = ANY(%s)",
            [jurisdiction, list(codes)],
        )
        return {code: (lon, lat) for code, lon, lat in cursor.fetchall()}


# --- what both share


def _fields(target: Target, work: Work) -> list[Field]:
    """Return the fields that are told: those that the file has, and the key's apart."""
    told = {*work.mapping} - {target.key, "valid_from"}
    columns = {*inserted(target, work), *changed(target, work)}
    return [one for one in target.fields if one.name in told and one.for_table and one.name in columns]


def _spot(row: str) -> str:
    return f"ST_X(ST_PointOnSurface({row}.geometry)), ST_Y(ST_PointOnSurface({row}.geometry))"


def _texts(columns: Any) -> str:
    return f"ARRAY[{', '.join(f'({one})::text' for one in columns)}]::text[]"


def _told(
    statement: str, given: Mapping[str, Any], fields: Sequence[Field], *, before: bool = False, after: bool = False
) -> list[ComparedRow]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows = cursor.fetchall()
    found = []
    for place, number, key, lon, lat, *sides in rows:
        was = sides.pop(0) if before else [""] * len(fields)
        becomes = sides.pop(0) if after else [""] * len(fields)
        says = [
            Told(one.name, str(one.title), _word(one, old), _word(one, new))
            for one, old, new in zip(fields, was, becomes, strict=True)
            if (old or "") != (new or "")
        ]
        if sides and sides[0]:
            says.append(
                Told("position", _("Position"), "", _("moved or drawn anew, %(metres)s m") % {"metres": sides[0]})
            )
        found.append(ComparedRow(place, number, key, says, lon, lat))
    return found


def _word(one: Field, text: str | None) -> str:
    """Return a value as people call it: what stands in a closed list by its label."""
    for value in one.choices.values():
        if text and value == text:
            return str(getattr(value, "label", value))
    return (text or "")[:MOST_TEXT]
