"""What the database keeps true of parts, whoever writes."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import GEOSGeometry
from django.db import IntegrityError, transaction

from assets.conftest import CITY, DAY, code
from cityloop.assets.models import Part

pytestmark = pytest.mark.django_db


def make(**other: Any) -> Part:
    row = {"jurisdiction": CITY, "code": code(1), "scheme": "gb47678_2026", "valid_from": DAY}
    return Part.objects.create(geometry=GEOSGeometry("POINT(121 30)", srid=4490), **{**row, **other})


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "123"},
        {"valid_to": DAY},
        {"valid_from": date(1900, 1, 1)},
        {"changed_on": DAY - timedelta(days=1)},
        {"geometry": GEOSGeometry("MULTIPOINT((121 30))", srid=4490)},
    ],
    ids=["code", "end", "year", "change", "shape"],
)
def test_what_cannot_be_so_is_refused(wrong: dict[str, Any]) -> None:
    row = {"jurisdiction": CITY, "code": code(1), "scheme": "gb47678_2026", "valid_from": DAY}
    row["geometry"] = GEOSGeometry("POINT(121 30)", srid=4490)
    with pytest.raises(IntegrityError), transaction.atomic():
        Part.objects.create(**{**row, **wrong})


def test_a_code_is_given_once_in_a_city_and_may_be_another_citys_too() -> None:
    make()
    make(jurisdiction="990102")
    with pytest.raises(IntegrityError), transaction.atomic():
        make(valid_from=DAY + timedelta(days=100))


def test_an_older_code_gives_its_class_of_four_digits() -> None:
    made = make(code="9901010203000001", scheme="gb30428_2013")
    made.refresh_from_db()
    assert made.class_code == "0203"
