"""Filters in CQL2 text, as SQL with its values apart.

The text becomes pygeofilter's tree (``cql_reading``), and the tree SQL, here: a property becomes the expression that its layer
registered, everything else a parameter. The kind of each piece is known, so that what cannot be compared is refused in words, and
not by the database.

Source:
    OGC 21-065r2 (CQL2): basic, advanced comparison operators, case-insensitive comparison, arithmetic, spatial and temporal
    functions. Not read: arrays, accent-insensitive comparison, functions of our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from pygeofilter import ast
from shapely import Geometry, is_valid, transform

from cityloop.kernel.errors import Fault, InvalidInput, shown
from cityloop.kernel.translation import _, listed
from cityloop.onemap.choices import ValueKind
from cityloop.onemap.rules.conditions import MOST, Condition
from cityloop.onemap.rules.cql_reading import Unread, parse
from cityloop.onemap.rules.crs import CRS84, Crs
from cityloop.onemap.rules.layer import Column

LONGEST: Final = 4_000
"""Characters of a filter."""

TRUTH, TEXT, NUMBER, DAY, INSTANT, SHAPE, INTERVAL = "truth", "text", "number", "day", "instant", "shape", "interval"
KINDS: Final = {
    ValueKind.TEXT: TEXT, ValueKind.INTEGER: NUMBER, ValueKind.NUMBER: NUMBER, ValueKind.BOOLEAN: TRUTH,
    ValueKind.DATE: DAY, ValueKind.INSTANT: INSTANT,
}  # fmt: skip
GEOMETRY: Final = "geometry"
"""The name of the property that every feature has."""

SPATIAL: Final = {
    "s_intersects": "ST_Intersects", "s_equals": "ST_Equals", "s_disjoint": "ST_Disjoint", "s_touches": "ST_Touches",
    "s_within": "ST_Within", "s_overlaps": "ST_Overlaps", "s_crosses": "ST_Crosses", "s_contains": "ST_Contains",
}  # fmt: skip

TEMPORAL: Final = {
    "t_after": "{a0} > {b1}",
    "t_before": "{a1} < {b0}",
    "t_contains": "{a0} < {b0} AND {a1} > {b1}",
    "t_disjoint": "{a1} < {b0} OR {a0} > {b1}",
    "t_during": "{a0} > {b0} AND {a1} < {b1}",
    "t_equals": "{a0} = {b0} AND {a1} = {b1}",
    "t_finishedby": "{a0} < {b0} AND {a1} = {b1}",
    "t_finishes": "{a0} > {b0} AND {a1} = {b1}",
    "t_intersects": "{a0} <= {b1} AND {a1} >= {b0}",
    "t_meets": "{a1} = {b0}",
    "t_metby": "{a0} = {b1}",
    "t_overlappedby": "{a0} > {b0} AND {a0} < {b1} AND {a1} > {b1}",
    "t_overlaps": "{a0} < {b0} AND {a1} > {b0} AND {a1} < {b1}",
    "t_startedby": "{a0} = {b0} AND {a1} > {b1}",
    "t_starts": "{a0} = {b0} AND {a1} < {b1}",
}
"""What each says of two times ``a`` and ``b`` from 0 to 1 (CQL2, clause 7.8, after Allen)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a filter: its SQL, and what kind of value it gives; an interval has two ends."""

    sql: str
    kind: str
    ends: tuple[str, str] | None = None


def condition_of(text: str, columns: Mapping[str, Column], crs: Crs = CRS84, zone: str = "UTC") -> Condition:
    """Return the condition that a filter in CQL2 text says.

    Args:
        columns: The properties that may be named.
        crs: In which its coordinates are.
        zone: In which a day begins and ends where it is compared with a time.
    Raises:
        InvalidInput: It cannot be read, names what is no property, or compares what cannot be compared.
    """
    if len(text) > LONGEST or "\0" in text:
        raise _refused(_("is too long: at most %(most)d characters") % {"most": LONGEST}, text)
    try:
        return condition_of_tree(parse(text), columns, crs, zone)
    except Unread as exc:
        raise _refused(str(exc), text) from None
    except RecursionError:
        raise _refused(_("is nested too deeply"), text) from None


def condition_of_tree(tree: Any, columns: Mapping[str, Column], crs: Crs = CRS84, zone: str = "UTC") -> Condition:
    """Return the condition that a tree of pygeofilter says, whatever language it was written in.

    Raises:
        InvalidInput: As ``condition_of``.
    """
    writer = _Writer(columns, crs, zone)
    return Condition(writer.truth(tree), writer.values)


def _refused(why: str, text: str = "") -> InvalidInput:
    return InvalidInput(f"filter: {why}", faults=[Fault("filter", why, shown(text))])


@dataclass
class _Writer:
    columns: Mapping[str, Column]
    crs: Crs
    zone: str
    values: dict[str, Any] = field(default_factory=dict)

    def put(self, value: Any, sql_type: str) -> str:
        """Keep a value as a parameter; return how the SQL names it."""
        name = f"cql_{len(self.values)}"
        self.values[name] = value
        return f"%({name})s::{sql_type}"

    def truth(self, node: Any) -> str:
        piece = self.piece(node)
        if piece.kind != TRUTH:
            raise _refused(_("must say something that is true or false of a feature"))
        return piece.sql

    def piece(self, node: Any) -> Piece:
        """Return the SQL of a node."""
        match node:
            case ast.And() | ast.Or():
                return self.chain(node)
            case ast.Not():
                return Piece(f"(NOT {self.truth(node.sub_node)})", TRUTH)
            case ast.Comparison():
                left, right = self.alike(node.lhs, node.rhs)
                return Piece(f"({left.sql} {node.op.value} {right.sql})", TRUTH)
            case ast.Between():
                value, low, high = self.alike(node.lhs, node.low, node.high)
                return Piece(f"({value.sql} {self.no(node)}BETWEEN {low.sql} AND {high.sql})", TRUTH)
            case ast.Like():
                return self.like(node)
            case ast.In():
                value, *others = self.alike(node.lhs, *node.sub_nodes)
                return Piece(f"({value.sql} {self.no(node)}IN ({', '.join(one.sql for one in others)}))", TRUTH)
            case ast.IsNull():
                return Piece(f"({self.piece(node.lhs).sql} IS {self.no(node)}NULL)", TRUTH)
            case ast.Arithmetic():
                return self.sum(node)
            case ast.Function():
                return self.called(node)
            case ast.Attribute():
                return self.property(node.name)
            case _:
                return self.literal(node)

    def chain(self, node: Any) -> Piece:
        """Write ``a AND b AND c`` without a call for each: it leans to the left."""
        kind, word = type(node), node.op.value
        pieces: list[str] = []
        while isinstance(node, kind):
            pieces.append(self.truth(node.rhs))
            node = node.lhs
        pieces.append(self.truth(node))
        return Piece(f"({f' {word} '.join(reversed(pieces))})", TRUTH)

    def no(self, node: Any) -> str:
        return "NOT " if node.not_ else ""

    def alike(self, *nodes: Any) -> list[Piece]:
        """Return what can be compared with each other.

        Raises:
            InvalidInput: They are of several kinds, or of one that has no order.
        """
        pieces = [self.piece(node) for node in nodes]
        kinds = {piece.kind for piece in pieces}
        if kinds == {DAY, INSTANT}:
            return [Piece(self.ends(piece)[0], INSTANT) for piece in pieces]
        if len(kinds) > 1 or kinds & {SHAPE, INTERVAL}:
            words = listed(sorted(str(_words()[kind]) for kind in kinds))
            raise _refused(_("cannot compare %(kinds)s") % {"kinds": words})
        return pieces

    def like(self, node: Any) -> Piece:
        value, pattern = self.alike(node.lhs, node.pattern)
        if value.kind != TEXT:
            raise _refused(_("LIKE compares texts"))
        return Piece(f"({value.sql} {self.no(node)}LIKE {pattern.sql})", TRUTH)

    def sum(self, node: Any) -> Piece:
        left, right = self.alike(node.lhs, node.rhs)
        if left.kind != NUMBER:
            raise _refused(_("only numbers can be reckoned with"))
        divisor = f"nullif({right.sql}, 0)" if node.op.value == "/" else right.sql
        return Piece(f"({left.sql}::float8 {node.op.value} {divisor})", NUMBER)

    def property(self, name: str) -> Piece:
        if name == GEOMETRY:
            return Piece("r.geometry", SHAPE)
        column = self.columns.get(name)
        if column is None:
            known = listed([*self.columns, GEOMETRY])
            raise _refused(
                _("there is no property “%(name)s”; there are %(known)s") % {"name": shown(name), "known": known}
            )
        cast = "::text" if column.kind is ValueKind.TEXT else ""
        return Piece(f"({column.over(name)}){cast}", KINDS[column.kind])

    def literal(self, value: Any) -> Piece:
        match value:
            case bool():
                return Piece(self.put(value, "boolean"), TRUTH)
            case int() | float():
                return Piece(self.put(float(value), "float8"), NUMBER)
            case str():
                return Piece(self.put(value, "text"), TEXT)
            case datetime():
                return Piece(self.put(value, "timestamptz"), INSTANT)
            case date():
                return Piece(self.put(value, "date"), DAY)
            case Geometry():
                return Piece(self.crs.stored(f"ST_GeomFromWKB({self.put(self.checked(value).wkb, 'bytea')})"), SHAPE)
            case _:
                raise _refused(_("cannot be read"))

    def checked(self, shape: Any) -> Any:
        """Return a geometry with longitude or easting first.

        Raises:
            InvalidInput: It crosses itself, or lies where nothing can.
        """
        if not is_valid(shape):
            raise _refused(_("the geometry crosses itself, or its rings do not fit together"), shape.wkt)
        if shape.is_empty or not all(abs(one) <= MOST for one in shape.bounds):
            raise _refused(_("the geometry lies nowhere"), shape.wkt)
        if self.crs.lat_first:
            return transform(shape, lambda points: points[:, ::-1])
        return shape

    def called(self, node: Any) -> Piece:
        name, given = node.name.lower(), node.arguments
        if name == "casei" and len(given) == 1:
            piece = self.piece(given[0])
            if piece.kind != TEXT:
                raise _refused(_("CASEI takes a text"))
            return Piece(f"lower({piece.sql})", TEXT)
        if name in SPATIAL and len(given) == 2:
            left, right = (self.piece(one) for one in given)
            if (left.kind, right.kind) != (SHAPE, SHAPE):
                raise _refused(_("%(name)s takes two geometries") % {"name": name.upper()})
            return Piece(f"{SPATIAL[name]}({left.sql}, {right.sql})", TRUTH)
        if name in TEMPORAL and len(given) == 2:
            (a0, a1), (b0, b1) = (self.ends(self.piece(one)) for one in given)
            return Piece(f"({TEMPORAL[name].format(a0=a0, a1=a1, b0=b0, b1=b1)})", TRUTH)
        if name == "interval" and len(given) == 2:
            first = self.end(given[0], "-infinity", 0)
            last = self.end(given[1], "infinity", 1)
            return Piece("", INTERVAL, (first, last))
        raise _refused(_("there is no function %(name)s of so many values here") % {"name": shown(node.name)})

    def end(self, node: Any, open_end: str, side: int) -> str:
        """Return one end of an interval: a time, a property, or ``..`` for none; a property without a value is open too."""
        if node == "..":
            return f"'{open_end}'::timestamptz"
        piece = self.piece(node)
        return f"coalesce({self.ends(piece)[side]}, '{open_end}')"

    def ends(self, piece: Piece) -> tuple[str, str]:
        """Return the first and the last instant of a time.

        Raises:
            InvalidInput: It is none.
        """
        match piece.kind:
            case "interval":
                assert piece.ends is not None
                return piece.ends
            case "instant":
                return piece.sql, piece.sql
            case "day":
                zone = self.put(self.zone, "text")
                begins = f"(({piece.sql})::timestamp AT TIME ZONE {zone})"
                return begins, f"({begins} + interval '1 day' - interval '1 microsecond')"
            case _:
                raise _refused(
                    _(
                        "a time is needed: DATE('2026-05-01'), TIMESTAMP('2026-05-01T08:00:00Z') or a property that is one"
                    )
                )


def _words() -> dict[str, Any]:
    return {
        TRUTH: _("a yes or no"), TEXT: _("a text"), NUMBER: _("a number"), DAY: _("a day"), INSTANT: _("a time"),
        SHAPE: _("a geometry"), INTERVAL: _("an interval"),
    }  # fmt: skip
