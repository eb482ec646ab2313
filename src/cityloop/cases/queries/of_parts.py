"""Cases and parts: which class a part's trouble is reported under, what stands near a report, which cases a part has had."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count

from cityloop.assets import queries as assets
from cityloop.cases import models
from cityloop.cases.queries.cities import LoopCity
from cityloop.cases.queries.related import COLUMNS, RelatedCase, related_case
from cityloop.organisation.rules.staffing import Viewer
from cityloop.standards.choices import ObjectType
from cityloop.standards.rules import category_key

SHOWN = 20
NEAR_M = 50.0


@dataclass(frozen=True, slots=True)
class CasesOfPart:
    """The newest cases of a part that somebody may see; ``more`` where there are further ones."""

    cases: list[RelatedCase]
    more: bool


def class_of_parts(city: LoopCity, category: str) -> str:
    """Return the code of the class of parts that a class of cases speaks of; "" where it speaks of none."""
    known = city.categories.get(category)
    if known is None:
        return ""
    return known.code if known.type == ObjectType.PART else known.part_code


def matters_of(city: LoopCity, class_code: str) -> list[str]:
    """Return the keys of the matters that say that a part of a class is not in order, by code."""
    part = category_key(city.city.scheme, ObjectType.PART, class_code)
    return sorted(key for key, one in city.categories.items() if one.part_key == part)


def category_for(city: LoopCity, class_code: str) -> str:
    """Return the key of the class under which trouble with a part is reported: its only matter, else the part's own class; "" for none."""
    matters = matters_of(city, class_code)
    if len(matters) == 1:
        return matters[0]
    part = category_key(city.city.scheme, ObjectType.PART, class_code)
    return part if part in city.categories else ""


def parts_meant(viewer: Viewer, city: LoopCity, point: tuple[float, float], category: str) -> list[assets.NearPart]:
    """Return the parts that a report at a point (degrees) may mean, the nearest first: none where its class speaks of no part."""
    class_code = class_of_parts(city, category)
    if not class_code or city.code not in viewer.works_in:
        return []
    return assets.parts_near(city.city, *point, on=city.day, classes=[class_code], within_m=NEAR_M)


def cases_of_part(viewer: Viewer, jurisdiction: str, code: str) -> CasesOfPart:
    """Return the cases that name a part, the newest first: one query."""
    rows = models.Case.objects.visible_to(viewer).filter(part_code=code, jurisdiction=jurisdiction)
    found = list(rows.order_by("-reported_at", "-id").values_list(*COLUMNS, "master", named=True)[: SHOWN + 1])
    return CasesOfPart([related_case(one) for one in found[:SHOWN]], len(found) > SHOWN)


def cases_by_part(jurisdiction: str, codes: Collection[str]) -> dict[str, int]:
    """Count the cases of a city that name these parts, by code: one query. For whoever keeps the registry, who is told no more than that."""
    rows = models.Case.objects.filter(jurisdiction=jurisdiction, part_code__in=codes).order_by("part_code")
    return dict(rows.values_list("part_code").annotate(Count("pk")))
