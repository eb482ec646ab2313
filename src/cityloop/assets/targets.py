"""What a file can become: each kind of thing registers a target, its fields, its table, and what is asked of its rows."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cityloop.assets.rules.imports.fields import Field
from cityloop.assets.rules.imports.rows import Rows
from cityloop.geography.rules.located import Extent
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _, listed

__all__ = ["Target", "Work", "of_name", "register", "targets"]


@dataclass(slots=True)
class Work:
    """One import while it is judged or written: where, from which day, by which options; ``known`` is what the target has looked up once."""

    run_id: Any
    jurisdiction: str
    valid_from: date
    options: Mapping[str, Any]
    mapping: Mapping[str, str]
    extent: Extent | None = None
    known: Any = None


Judge = Callable[[Rows, Work], None]
WholeJudge = Callable[[Work, Callable[[Sequence[Any]], None]], None]
Apply = Callable[[Work], Mapping[str, int]]


def nothing(_work: Work) -> Any:
    return None


def no_words(_jurisdiction: str, _on: date) -> Mapping[str, Collection[str]]:
    return {}


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of thing that files hold.

    Args:
        name: By which it is chosen.
        title: What it is called before people, lazily.
        order: Where it stands among the others.
        fields: What is known of a row.
        kinds: ``POINT``, ``LINE``, ``POLYGON``: what its shapes are.
        table: Where the rows go.
        key: The column by which a row is known again; where ``shape_key``, rows without are known by their shape.
        several: Whether its shapes are of several pieces, as the column has them.
        as_point: Whether lines and areas become a point on them.
        in_place: Whether a change keeps the row, as a part keeps its key; else the old row ends and a new one begins.
        tolerance_m: Points of one kind nearer than this are doubles; 0 where nobody asks.
        kind_field: The field that tells kinds apart among doubles.
        scope_field: The field that says of what a file speaks: what it does not hold is gone only among the kinds that it has.
        words_of: The words that a city knows for a field, by its name: a column is proposed by them.
        prepare: Looks up, once, what ``judge`` needs.
        judge: What is asked of each batch beyond its shapes and values.
        judge_whole: What is asked of all rows together, once they are staged; it is given what writes faults.
        derived: Columns that are made of the place: SQL over the staged row ``s``.
        always: Columns with values that all rows share, by the work.
        apply: Writes the rows where the usual way is not theirs.
        layer: The layer on which its rows are seen.
        inside: Whether a row must lie inside the city.
        stamp: SQL of what tells that a row ``t`` was changed; a digest of its columns without.
        change, end, take_back: Change the rows that change, end those of these ids, take changes back, where the rows have a history of
            their own; each lists what it did (``applying.record``).
        finish: Done first of all when the rows are written, such as numbering them.
        named: Says which of its keys others name (how many, by key): such a row is not deleted when an import is undone.
        retire: Ends rows of these ids in place of deleting them.
        without_shape: The field by which a row needs no shape: where the file tells it, shapes are not looked at.
        counts: How many things are new, changed, unchanged and gone, where a row of the file is not one of them.
        tables: Columns by table, of what ``apply`` writes: by them a row is seen to have been changed since.
    """

    name: str
    title: Any
    order: int
    fields: tuple[Field, ...]
    kinds: frozenset[int]
    table: str
    key: str = ""
    shape_key: bool = False
    several: bool = True
    as_point: bool = False
    in_place: bool = False
    tolerance_m: float = 0.0
    kind_field: str = ""
    scope_field: str = ""
    words_of: Callable[[str, date], Mapping[str, Collection[str]]] = no_words
    prepare: Callable[[Work], Any] = nothing
    judge: Judge | None = None
    judge_whole: WholeJudge | None = None
    derived: Mapping[str, str] = field(default_factory=dict)
    always: Callable[[Work], Mapping[str, Any]] = lambda work: {}  # noqa: ARG005
    apply: Apply | None = None
    layer: str = ""
    inside: bool = True
    finish: Callable[[Work], None] | None = None
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stamp: str = ""
    change: Callable[[Work], int] | None = None
    end: Callable[[Work, Sequence[int]], int] | None = None
    take_back: Callable[[Work, str, Mapping[int, Any]], None] | None = None
    named: Callable[[str, Sequence[str]], Mapping[str, int]] | None = None
    retire: Callable[[Work, Sequence[int]], None] | None = None
    without_shape: str = ""
    counts: Callable[[Work], Mapping[str, int]] | None = None

    def is_shapeless(self, mapping: Mapping[str, str]) -> bool:
        """Whether rows need no shape, by what the file tells."""
        return bool(mapping.get(self.without_shape))

    def field(self, name: str) -> Field:
        return next(one for one in self.fields if one.name == name)


_targets: dict[str, Target] = {}


def register(*targets: Target) -> None:
    """Offer what files can become; called once, when the room is ready."""
    for one in targets:
        _targets[one.name] = one


def targets() -> list[Target]:
    """Return all targets, in their order."""
    return sorted(_targets.values(), key=lambda one: one.order)


def of_name(name: str) -> Target:
    """Return a target.

    Raises:
        InvalidInput: There is none of this name.
    """
    try:
        return _targets[name]
    except KeyError:
        raise InvalidInput(
            _("“%(name)s” is nothing that a file can become. Use one of: %(known)s.")
            % {"name": name, "known": listed(one.name for one in targets())}
        ) from None
