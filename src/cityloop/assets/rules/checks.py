"""Which of many parts cannot be written, and why."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cityloop.assets.choices import PartState
from cityloop.assets.rules.values import faults_in
from cityloop.geography.rules.shapes import LINE, POINT, POLYGON, column, unmappable
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _
from cityloop.standards.rules.codes import PartCode

KINDS = (POINT, LINE, POLYGON)
STATES = frozenset(PartState.values)
REST = ("supervisor_name", "owner_name", "keeper_name", "source", "accuracy", "extras")


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part to write.

    Args:
        code: 16 or 17 digits, by the scheme.
        shape: shapely point, line or polygon in degrees, WGS 84 or CGCS2000.
        owner: Code of the department that owns it; "" where nobody knows.
        keeper: Code of the department that keeps it in order.
        state: One of ``PartState``.
        name: What it is called; "" where its class says it all.
        valid_from: First day on which it stands there; None for the day of the whole batch.
        supervisor: Code of the department that answers for it (主管部门).
        supervisor_name, owner_name, keeper_name: Names of units that are none of the city's departments.
        source: One of ``DataSource``; "" where nobody knows.
        accuracy: One of ``Accuracy``; "" where nobody knows.
        extras: What only its scheme asks for, by name (``rules.attributes.extras_of``).
    """

    code: str
    shape: Any
    owner: str = ""
    keeper: str = ""
    state: str = PartState.INTACT.value
    name: str = ""
    remark: str = ""
    valid_from: date | None = None
    supervisor: str = ""
    supervisor_name: str = ""
    owner_name: str = ""
    keeper_name: str = ""
    source: str = ""
    accuracy: str = ""
    extras: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PartFault:
    """One thing wrong with one part: its place among those given, the column, the reason, what stood there."""

    row: int
    column: str
    why: str
    value: str


def faults_of(
    parts: Sequence[NewPart], scheme: str, classes: Collection[str], departments: Collection[str]
) -> list[PartFault]:
    """Return what is wrong, by row.

    Args:
        scheme: Code of the classification standard that the codes follow.
        classes: Codes of the classes of parts that the city uses.
        departments: Codes of its departments.
    """
    found = [*_wrong_codes(parts, scheme, frozenset(classes)), *_wrong_words(parts, scheme, frozenset(departments))]
    return sorted([*found, *_wrong_shapes(parts)], key=lambda fault: fault.row)


def _wrong_codes(parts: Sequence[NewPart], scheme: str, classes: Collection[str]) -> Iterator[PartFault]:
    seen: dict[str, int] = {}
    for row, part in enumerate(parts):
        try:
            code = PartCode.parse(part.code, scheme)
        except InvalidInput as exc:
            yield PartFault(row, "code", exc.message, part.code)
            continue
        if str(code) != part.code:
            yield PartFault(row, "code", _("there are blanks between the digits"), part.code)
        if code.class_code not in classes:
            yield PartFault(row, "code", _("the city has no class of parts with these digits"), code.class_code)
        if (first := seen.setdefault(part.code, row)) != row:
            yield PartFault(row, "code", _("row %(row)d has it too") % {"row": first}, part.code)


def _wrong_words(parts: Sequence[NewPart], scheme: str, departments: Collection[str]) -> Iterator[PartFault]:
    known = {"", *departments}
    for row, part in enumerate(parts):
        for name, code in (
            ("supervisor", part.supervisor),
            ("owner", part.owner),
            ("keeper", part.keeper),
        ):
            if code not in known:
                yield PartFault(row, name, _("the city has no department with this code"), code)
        if part.state not in STATES:
            yield PartFault(row, "state", _("is no state of a part"), part.state)
        yield from _wrong_rest(row, part, scheme)


def _wrong_rest(row: int, part: NewPart, scheme: str) -> Iterator[PartFault]:
    """Check what most parts of a file leave out: asked only where something stands there."""
    rest = {name: value for name in REST if (value := getattr(part, name))}
    if rest:
        for fault in faults_in(rest, scheme, ()):
            yield PartFault(row, fault.field, fault.why, fault.value)


def _wrong_shapes(parts: Sequence[NewPart]) -> Iterator[PartFault]:
    for row, why, value in unmappable(column([part.shape for part in parts]), KINDS):
        yield PartFault(row, "shape", why, value)
