"""A catalogue, read: the good rows of a file, and the faults of the others."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cityloop.kernel.errors import TooLarge
from cityloop.kernel.sheets import Row, RowFault
from cityloop.kernel.translation import _
from cityloop.standards.documents.cells import Bad, check_cells
from cityloop.standards.documents.entries import (
    Context,
    big_class,
    class_of,
    condition,
    correspondence,
    kind,
    place,
    scheme,
)
from cityloop.standards.documents.rows import Rows, rows_of_workbook, rows_of_yaml
from cityloop.standards.documents.tables import BIG_CLASSES, CLASSES, CONDITIONS, CORRESPONDENCES, KINDS, SCHEMES, Table
from cityloop.standards.plain import identity
from cityloop.standards.rules import BigClass, Catalogue, Category, Condition

LARGEST_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Read:
    """What could be used of a file, and what could not."""

    catalogue: Catalogue
    faults: tuple[RowFault, ...]


def read(data: bytes, format: str, known: Catalogue) -> Read:  # noqa: A002 - the word of the door
    """Return the good rows of a file and the faults of the others; a class is good if all its conditions are.

    Args:
        data: The file.
        format: One of ``FORMATS``.
        known: What is stored already: rows may refer to it, and must not contradict it.

    Raises:
        InvalidInput: The bytes are no such file, or it holds none of our tables.
        TooLarge: The file has more than 20 MB.
    """
    if len(data) > LARGEST_BYTES:
        raise TooLarge(_("The file has more than 20 MB. A catalogue needs far less; is it the right file?"))
    rows = rows_of_yaml(data) if format == "yaml" else rows_of_workbook(data)
    return _Reader(known).read(rows)


@dataclass(slots=True)
class _Reader:
    """Reads the tables in an order in which each can refer to those before it."""

    known: Catalogue
    faults: list[RowFault] = field(default_factory=list)

    def read(self, rows: Rows) -> Read:
        kinds = self._all(KINDS, rows, kind)
        schemes = self._all(SCHEMES, rows, scheme)
        all_schemes = {one.code: one for one in (*self.known.schemes, *schemes)}
        big = self._all(BIG_CLASSES, rows, lambda row: big_class(row, all_schemes))
        all_kinds = {one.id for one in (*self.known.department_kinds, *kinds)}
        conditions, broken = self._conditions(rows)
        context = Context(
            all_schemes, all_kinds, {place(one) for one in (*self.known.big_classes, *big)}, conditions, broken
        )
        categories = self._all(CLASSES, rows, context.category)
        self._check_homeless(rows, context)
        codes = {place(one) for one in (*self.known.categories, *categories)}
        pairs = self._all(CORRESPONDENCES, rows, lambda row: correspondence(row, all_schemes, codes))
        return Read(Catalogue(schemes, kinds, big, categories, pairs), tuple(self.faults))

    def _all(self, table: Table, rows: Rows, make: Callable[[Row], Any]) -> tuple[Any, ...]:
        """Return the entries of a table that are sound, each identity once, and no two of a code on one day."""
        found: dict[tuple[Any, ...], tuple[Row, Any]] = {}
        for row in rows.get(table.name, ()):
            if (entry := self._one(table, row, make)) is None:
                continue
            if identity(entry) in found:
                self._fault(table, row, "code", _("This row stands here twice; the first one is row %(row)d.") % {
                    "row": found[identity(entry)][0].number
                })  # fmt: skip
            else:
                found[identity(entry)] = (row, entry)
        return tuple(self._without_overlaps(table, found))

    def _one(self, table: Table, row: Row, make: Callable[[Row], Any]) -> Any:
        """Return the entry of a row, or ``None`` with its fault recorded."""
        try:
            check_cells(table, row)
            return make(row)
        except Bad as bad:
            if bad.why:
                self._fault(table, row, bad.column, bad.why)
            return None

    def _fault(self, table: Table, row: Row, column: str, why: str) -> None:
        headings = {one.name: str(one.heading) for one in table.columns}
        self.faults.append(RowFault(row.sheet, row.number, headings.get(column, column), row[column], why))

    def _conditions(self, rows: Rows) -> tuple[dict[tuple[str, ...], list[Condition]], set[tuple[str, ...]]]:
        """Return the sound conditions by class, and the classes of which a condition is not sound."""
        found: dict[tuple[str, ...], list[Condition]] = defaultdict(list)
        broken = set()
        for row in rows.get(CONDITIONS.name, ()):
            of = class_of(row)
            one = self._one(CONDITIONS, row, condition)
            if one is None:
                broken.add(of)
            elif any(one.key == other.key for other in found[of]):
                self._fault(CONDITIONS, row, "id", _("This class has a condition of that code already."))
                broken.add(of)
            else:
                found[of].append(one)
        return found, broken

    def _check_homeless(self, rows: Rows, context: "Context") -> None:
        classes = {class_of(row) for row in rows.get(CLASSES.name, ())}
        for row in rows.get(CONDITIONS.name, ()):
            if class_of(row) not in classes | context.broken:
                self._fault(CONDITIONS, row, "code", _("The file has no row for this class on that day."))

    def _without_overlaps(self, table: Table, found: Mapping[tuple[Any, ...], tuple[Row, Any]]) -> Iterator[Any]:
        """Yield the entries whose days meet those of no other entry of the code, in the file or stored."""
        if table not in (BIG_CLASSES, CLASSES):
            yield from (entry for _row, entry in found.values())
            return
        stored = self.known.big_classes if table is BIG_CLASSES else self.known.categories
        by_code: dict[tuple[str, ...], list[Any]] = defaultdict(list)
        for one in stored:
            if identity(one) not in found:
                by_code[place(one)].append(one)
        for row, entry in sorted(found.values(), key=lambda pair: pair[1].valid_from):
            other = next((one for one in by_code[place(entry)] if _meet(one, entry)), None)
            if other is None:
                by_code[place(entry)].append(entry)
                continue
            why = _(
                "Another row of this code holds from %(day)s. Give that row an end that is not later than this beginning."
            )
            self._fault(table, row, "valid_from", why % {"day": other.valid_from.isoformat()})
            del other
        accepted = {id(one) for ones in by_code.values() for one in ones}
        yield from (entry for _row, entry in found.values() if id(entry) in accepted)


def _meet(one: BigClass | Category, other: BigClass | Category) -> bool:
    """Whether both hold on some day."""
    return (one.valid_to is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from < other.valid_to
    )
