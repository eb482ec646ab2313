"""One part as its page shows it: attributes in the standard's order, what is missing, photos, its past in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cityloop.assets import models
from cityloop.assets.choices import Accuracy, ChangeKind, Origin
from cityloop.assets.queries.histories import changes_of, part_row
from cityloop.assets.queries.photos import Shot, shots_of_part
from cityloop.assets.queries.proposals import ProposalLine, proposals_about
from cityloop.assets.queries.rights import is_manager
from cityloop.assets.queries.told import TITLES, Told, extra_words, told_values, value_words
from cityloop.assets.queries.values import shape_in, values_of
from cityloop.assets.queries.words import PartWords, label_of, state_shape, state_words
from cityloop.assets.rules.attributes import EXTRAS, attributes_of, missing
from cityloop.kernel.translation import _
from cityloop.organisation.queries import City, city, people
from cityloop.organisation.rules.staffing import Viewer


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change in words. ``why_not`` says why it cannot be taken back, "" where it can."""

    id: int
    kind: str
    origin: str
    day: date
    at: datetime
    by: str
    note: str
    says: Sequence[Told]
    why_not: str


@dataclass(frozen=True, slots=True)
class PartDetail:
    """A part with all that its page says.

    Args:
        facts: Title and words of each attribute, in the standard's order.
        missing: Titles of what the standard asks for and nobody has entered.
        spot: ``lon,lat`` in degrees, of a point on it.
        shape: ``Point``, ``LineString`` or ``Polygon``.
    """

    code: str
    jurisdiction: str
    scheme: str
    class_code: str
    class_name: str
    sign: str
    name: str
    state: str
    state_name: str
    state_shape: str
    revision: int
    valid_from: date
    valid_to: date | None
    facts: Sequence[tuple[str, str]]
    missing: Sequence[str]
    keeper: str
    where: str
    spot: str
    shape: str
    photos: Sequence[Shot]
    changes: Sequence[ChangeLine]
    proposals: Sequence[ProposalLine]
    may_change: bool

    @property
    def title(self) -> str:
        return self.name or self.class_name


def part_detail(viewer: Viewer, code: str) -> PartDetail:
    """Return a part that ``viewer`` may see, with its photos and its past: some ten queries, whatever its past.

    Raises:
        NotFound: There is none.
    """
    row = part_row(viewer, code)
    home = city(row.jurisdiction)
    past = changes_of(row)
    areas = {row.street, row.community}
    for one in past:
        areas |= {
            value for side in (one.before, one.after) for name in ("street", "community") if (value := side.get(name))
        }
    words = PartWords(home, areas)
    names = people({one.by for one in past if one.by is not None})
    point = shape_in(row).representative_point()
    values = values_of(row)
    may_change = is_manager(viewer, row.jurisdiction)
    return PartDetail(
        code=row.code,
        jurisdiction=row.jurisdiction,
        scheme=row.scheme,
        class_code=row.class_code,
        class_name=words.class_name(row.scheme, row.class_code),
        sign=words.sign(row.scheme, row.class_code),
        name=row.name,
        state=row.state,
        state_name=state_words(row.state),
        state_shape=state_shape(row.state),
        revision=row.revision,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        facts=facts_of(row, words),
        missing=[str(TITLES.get(one.name, one.title)) for one in missing(row.scheme, _known(row, words, values))],
        keeper=words.unit(row.keeper, row.keeper_name),
        where=words.where(row.street, row.community),
        spot=f"{point.x:.6f},{point.y:.6f}",
        shape=row.geometry.geom_type,
        photos=shots_of_part(row.jurisdiction, row.code),
        changes=[
            ChangeLine(
                one.id, label_of(ChangeKind, one.kind), label_of(Origin, one.origin), one.day, one.at,
                names[one.by].name if one.by in names else "", one.note,
                told_values(words, row.scheme, one.before, one.after), one.why_not,
            )
            for one in past
        ],
        proposals=proposals_about(viewer, home, row.code),
        may_change=may_change,
    )  # fmt: skip


def _known(row: models.Part, words: PartWords, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values by which something counts as missing; a part without a name of its own is called as its class."""
    dated = {"code": row.code, "valid_from": row.valid_from.isoformat()}
    return {**values, **dated, "name": row.name or words.class_name(row.scheme, row.class_code)}


def facts_of(row: models.Part, words: PartWords) -> list[tuple[str, str]]:
    """Return the attributes of a part in words, by its scheme's list, a unit or an area once; then what the registry adds."""
    attributes = attributes_of(row.scheme)
    titles = {one.name: one.title for one in attributes}
    facts = [
        # A unit or an area is told by its name, which has a title of its own.
        (titles.get(f"{one.name}_name", one.title), _words(row, words, one.name))
        for one in attributes
        if not one.name.endswith("_name")
    ]
    if "street" not in titles:
        facts.append((_("Street"), words.where(row.street, row.community)))
    if row.accuracy:
        facts.append((_("Accuracy of the position"), str(Accuracy(row.accuracy).label)))
    if row.valid_to:
        facts.append((_("Gone since"), row.valid_to.isoformat()))
    return [fact for fact in facts if fact[1]]


def _words(row: models.Part, words: PartWords, name: str) -> str:
    if name.startswith(EXTRAS):
        return extra_words((row.extras or {}).get(name.removeprefix(EXTRAS)))
    if name in {"valid_from", "changed_on"}:
        day = getattr(row, name)
        return day.isoformat() if day else ""
    if name == "name":
        return row.name or words.class_name(row.scheme, row.class_code)
    values = {column: getattr(row, column, "") for column in (name, f"{name}_name")}
    return value_words(words, name, values)


def home_of(viewer: Viewer, asked: str = "") -> City:
    """Return the city whose parts ``viewer`` looks at: the one asked for, else the first in which they work."""
    codes = sorted(viewer.works_in)
    return city(asked if asked in viewer.works_in else codes[0])
