"""One part, and how many there are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from cityloop.assets.models import Part
from cityloop.organisation.rules.staffing import Viewer


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part as it is listed: codes of departments, ``""`` where nobody is named."""

    code: str
    scheme: str
    class_code: str
    name: str
    state: str
    owner: str
    keeper: str


def part(viewer: Viewer, code: str) -> PartRow | None:
    """Return the part with this code that ``viewer`` may see; None where there is none."""
    columns = PartRow.__dataclass_fields__
    row = Part.objects.visible_to(viewer).filter(code=code).order_by("id").values_list(*columns).first()
    return None if row is None else PartRow(*row)


def owners(jurisdiction: str, codes: Collection[str]) -> Mapping[str, str]:
    """Return who owns the parts with these codes in a city, by code; parts of nobody are left out: one query."""
    rows = Part.objects.filter(jurisdiction=jurisdiction, code__in=codes).exclude(owner="")
    return dict(rows.order_by("code").values_list("code", "owner"))


def counts_by_class(viewer: Viewer, on: date, jurisdictions: Collection[str] = ()) -> Mapping[tuple[str, str], int]:
    """Count the parts that ``viewer`` sees and that stand on the day ``on``, by scheme and class: one query.

    Args:
        jurisdictions: Only in these; in all that the viewer sees without.
    """
    rows = Part.objects.visible_to(viewer).valid_on(on)
    if jurisdictions:
        rows = rows.filter(jurisdiction__in=jurisdictions)
    counted = rows.order_by("scheme", "class_code").values_list("scheme", "class_code").annotate(Count("id"))
    return {(scheme, code): count for scheme, code, count in counted}
