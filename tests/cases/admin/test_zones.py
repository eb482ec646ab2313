"""Restricted zones in the console: areas as GeoJSON, times by the city's clocks."""

import json
from datetime import UTC, datetime, time
from typing import Any

import pytest

from cases.admin.conftest import Cities, Console, url
from cases.conftest import Desk
from cast import CITY, OTHER_CITY
from cityloop.cases import models
from cityloop.cases.rules.areas import read_area
from cityloop.kernel.errors import Conflict
from cityloop.organisation import models as organisation

ADD = url(models.RestrictedZone, "add")
RING = [[120.0, 30.0], [120.006, 30.0], [120.006, 30.006], [120.0, 30.006], [120.0, 30.0]]
AREA = {"type": "Polygon", "coordinates": [RING]}


def form(**fields: Any) -> dict[str, Any]:
    plain = {
        "jurisdiction": CITY, "name": "赛事区", "reason": "马拉松", "categories": "gb47678_2026/part/01001", "area": json.dumps(AREA),
        "starts_at_0": "2026-07-01", "starts_at_1": "08:00:00", "ends_at_0": "2026-07-01", "ends_at_1": "20:00:00",
        "daily_from": "", "daily_to": "",
    }  # fmt: skip
    return plain | fields


def made() -> models.RestrictedZone:
    return models.RestrictedZone.objects.exclude(name__startswith="zone").get()


def test_a_zone_is_drawn_in_geojson_and_holds_at_once(cities: Cities, console: Console, desk: Desk) -> None:
    assert console("data_admin").post(ADD, form()).status_code == 302
    zone = made()
    assert zone.area is not None
    assert (zone.area.srid, zone.area.geom_type, zone.area.extent) == (
        4490,
        "MultiPolygon",
        (120.0, 30.0, 120.006, 30.006),
    )
    assert (zone.categories, zone.starts_at) == (["gb47678_2026/part/01001"], datetime(2026, 7, 1, 0, 0, tzinfo=UTC))
    with pytest.raises(Conflict, match="马拉松"):
        desk.report()
    assert desk.report(point={"lon": 120.008, "lat": 30.008, "system": "wgs84"}).number


def test_what_is_stored_comes_back_as_it_was_written(cities: Cities, console: Console) -> None:
    desk = console("sysadmin")
    desk.post(ADD, form(daily_from="22:00", daily_to="06:00"))
    page = desk.get(url(models.RestrictedZone, "change", made().pk))
    shown = page.context["adminform"].form
    assert read_area(shown["area"].value(), None).equals(read_area(json.dumps(AREA), None))
    assert "gb47678_2026/part/01001</textarea>" in page.content.decode()
    assert 'value="2026-07-01"' in page.content.decode()
    assert 'value="08:00:00"' in page.content.decode()
    assert b"openlayers" not in page.content.lower()
    desk.post(url(models.RestrictedZone, "change", made().pk), form(name="改名", area=shown["area"].value()))
    zone = made()
    assert (zone.name, zone.starts_at, zone.daily_from) == ("改名", datetime(2026, 7, 1, 0, 0, tzinfo=UTC), None)
    assert zone.area is not None
    assert zone.area.extent == (120.0, 30.0, 120.006, 30.006)


def test_times_are_those_of_the_citys_clocks(cities: Cities, console: Console) -> None:
    organisation.Jurisdiction.objects.filter(code=CITY).update(time_zone="Asia/Urumqi")
    desk = console("sysadmin")
    desk.post(ADD, form(daily_from="22:00", daily_to="06:00"))
    zone = made()
    assert zone.starts_at == datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
    assert (zone.daily_from, zone.daily_to) == (time(22), time(6))
    assert 'value="08:00:00"' in desk.get(url(models.RestrictedZone, "change", zone.pk)).content.decode()
    assert "2026-07-01 08:00" in desk.get(url(models.RestrictedZone, "changelist")).content.decode()


def test_no_area_no_classes_and_no_times_mean_everything(cities: Cities, console: Console) -> None:
    empty = {"categories": "", "area": " ", "starts_at_0": "", "starts_at_1": "", "ends_at_0": "", "ends_at_1": ""}
    assert console("sysadmin").post(ADD, form(**empty)).status_code == 302
    zone = made()
    assert (zone.categories, zone.area, zone.starts_at, zone.ends_at) == ([], None, None, None)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("area", "nonsense", "is not JSON (1:1)"),
        ("area", "[1, 2]", "is not GeoJSON"),
        ("area", json.dumps({"type": "Point", "coordinates": [120.0, 30.0]}), "made of polygons. (Point)"),
        ("area", json.dumps({"type": "Polygon", "coordinates": [[[y, x] for x, y in RING]]}), "look swapped"),
        ("area", json.dumps({"type": "Polygon", "coordinates": [[[x + 5, y] for x, y in RING]]}), "outside the city"),
        ("categories", "gb47678_2026/part/01001\nno/such/class", "unknown or switched off here: no/such/class"),
        ("daily_from", "08:00", "both times"),
        ("ends_at_0", "2026-06-01", "must come after"),
        ("starts_at_0", "0001-01-01", "between 1970 and 2199"),
        ("ends_at_0", "9999-12-31", "between 1970 and 2199"),
        ("name", "", "required"),
    ],
)
def test_what_cannot_be_comes_back_with_its_reason_and_stays_in_the_form(
    cities: Cities, console: Console, field: str, value: str, why: str
) -> None:
    answer = console("sysadmin").post(ADD, form(**{field: value}))
    assert answer.status_code == 200
    shown = answer.context["adminform"].form
    assert why in " ".join(error for errors in shown.errors.values() for error in errors)
    if field in shown.fields:
        assert shown[field].value() == value
    assert models.RestrictedZone.objects.count() == 2


def test_a_zone_stays_in_its_city(cities: Cities, console: Console) -> None:
    desk = console("sysadmin")
    assert "jurisdiction" in desk.post(ADD, form(jurisdiction=OTHER_CITY)).context["adminform"].form.errors
    ours = models.RestrictedZone.objects.get(jurisdiction=CITY)
    desk.post(url(models.RestrictedZone, "change", ours.pk), form(jurisdiction=OTHER_CITY, name="zone moved"))
    ours.refresh_from_db()
    assert (ours.jurisdiction, ours.name) == (CITY, "zone moved")
    theirs = models.RestrictedZone.objects.get(jurisdiction=OTHER_CITY)
    desk.post(url(models.RestrictedZone, "changelist"), {
        "action": "delete_selected", "_selected_action": [ours.pk, theirs.pk], "post": "yes"
    })  # fmt: skip
    assert list(models.RestrictedZone.objects.all()) == [theirs]
