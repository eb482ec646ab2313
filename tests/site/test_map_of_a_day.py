"""The map of another day: what stood then, seen with the rights of now."""

import json
from datetime import date, timedelta

import pytest
import shapely
from django.test import Client

from cast import CITY, NOW, Cast, city_cast  # noqa: F401
from cityloop.assets.models import Part, PartChange
from cityloop.cases.models import Case
from cityloop.geography.models import UnitGrid
from cityloop.organisation.models import Appointment
from cityloop.places.actions import Ground, NewRoad, add_ground
from map_town import LAT, LON, SINCE, SOUTH, WEST, address, signed_in
from vector_tiles import Layers, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_hour")]

TODAY = NOW.date()
BEFORE = TODAY - timedelta(days=30)
CODE = "99010101001000001"
STANDS_AT = (WEST + 0.0006, SOUTH + 0.003)


def seen(client: Client, names: str, zoom: int, day: date | str | None, *at: float) -> Layers:
    answer = client.get(address(names, zoom, *at), {"day": str(day)} if day else {})
    assert answer.status_code in {200, 204}, answer.content
    return read(answer.content)


def note_change(part: Part, day: date, before: dict[str, str]) -> None:
    """Write what a part was before a change, as the registry does."""
    part.revision += 1
    PartChange.objects.create(
        jurisdiction=part.jurisdiction, code=part.code, revision=part.revision, kind="changed", day=day, at=NOW, by=None,
        origin="hand", before=before, after={},
    )  # fmt: skip
    part.changed_on = day
    part.save()


def test_each_day_has_its_own_borders_streets_and_parts(town: Cast) -> None:
    client = signed_in(town, "dispatcher")
    UnitGrid.objects.filter(jurisdiction=CITY).update(valid_to=TODAY)
    Part.objects.filter(jurisdiction=CITY).update(valid_to=TODAY)
    road = NewRoad("arterial", shapely.LineString([(LON, LAT), (LON + 0.001, LAT)]), "新路")
    add_ground(CITY, Ground([road]), TODAY)
    parts_at = (WEST + 0.004, SOUTH + 0.003)
    for day, grids, parts, roads in (
        (BEFORE, True, 80, False), (TODAY - timedelta(days=1), True, 80, False), (TODAY, False, 0, True), (None, False, 0, True),
        (TODAY + timedelta(days=9), False, 0, True), (SINCE - timedelta(days=1), False, 0, False),
    ):  # fmt: skip
        assert bool(seen(client, "unit_grids", 15, day)["unit_grids"]) is grids, day
        assert ("新路" in seen(client, "roads", 15, day).values("roads", "name")) is roads, day
        counted = seen(client, "parts", 14, day, *parts_at)["parts"]
        assert sum(one.values["count"] for one in counted) == parts, day


def test_a_part_stands_where_and_as_it_did(town: Cast) -> None:
    client = signed_in(town, "dispatcher")
    part = Part.objects.get(code=CODE)
    before = part.geometry.clone()
    part.geometry.x += 0.004
    note_change(part, TODAY, {"position": before.wkt})
    part.state = "damaged"
    note_change(part, TODAY - timedelta(days=10), {"state": "intact"})

    def state_at(lon: float, day: date | None) -> str | None:
        rows = seen(client, "parts", 18, day, lon, before.y)["parts"]
        return next((one.values["state"] for one in rows if one.values["code"] == CODE), None)

    there, here = before.x, before.x + 0.004
    assert (state_at(here, None), state_at(there, None)) == ("damaged", None)
    assert (state_at(here, TODAY - timedelta(days=5)), state_at(there, TODAY - timedelta(days=5))) == (None, "damaged")
    assert (state_at(here, BEFORE), state_at(there, BEFORE)) == (None, "intact")


def test_a_case_is_in_hand_from_its_report_to_its_end_and_without_a_light(town: Cast) -> None:
    client = signed_in(town, "dispatcher")
    Case.objects.filter(jurisdiction=CITY).update(reported_at=NOW - timedelta(days=5))
    first, *others = Case.objects.filter(jurisdiction=CITY).order_by("id")
    for case in (first, *others):
        case.tasks.update(opened_at=NOW - timedelta(days=5))
    Case.objects.filter(pk=first.pk).update(state="void", kind="void", due_at=None, warn_at=None, double_at=None)
    first.tasks.update(done_at=NOW - timedelta(days=3), done_seq=2)

    def numbers(day: date | None) -> set[str]:
        return seen(client, "cases", 17, day, first.location.x, first.location.y).values("cases", "number")

    assert first.number in numbers(TODAY - timedelta(days=4))
    assert first.number not in numbers(TODAY - timedelta(days=2))
    assert first.number not in numbers(None)
    assert first.number not in numbers(TODAY - timedelta(days=6))
    far = seen(client, "cases", 9, TODAY - timedelta(days=4))["cases"]
    assert [one.values["count"] for one in far] == [3]
    assert {one.values["light"] for one in far} == {"none"}
    assert not seen(client, "cases", 9, TODAY + timedelta(days=1))["cases"], "of a day to come nothing is known"


def test_whoever_has_lost_a_right_sees_no_past_either(town: Cast) -> None:
    client = signed_in(town, "dispatcher")
    assert seen(client, "parts,unit_grids,cases", 15, BEFORE)["unit_grids"]
    Appointment.objects.filter(user_id=town["dispatcher"]).delete()
    assert not seen(client, "parts,unit_grids,cases", 15, BEFORE).by_name
    stranger = signed_in(town, "stranger")
    shown = seen(stranger, "parts,unit_grids", 15, BEFORE)
    assert not {code for code in shown.values("unit_grids", "code") if code.startswith(CITY)}


def test_the_style_of_a_day_asks_for_its_tiles_and_nothing_in_it_is_live(town: Cast) -> None:
    client = signed_in(town, "dispatcher")
    document = client.get("/map/style/dark.json", {"day": "2026-04-30"}).json()
    assert all(one["tiles"][0].endswith(".mvt?day=2026-04-30") for one in document["sources"].values())
    assert document["metadata"]["cityloop:day"] == "2026-04-30"
    assert not any(layer["live"] for layer in document["metadata"]["cityloop:layers"])
    today = client.get("/map/style/dark.json").json()
    assert today["metadata"]["cityloop:day"] == ""
    assert any(layer["live"] for layer in today["metadata"]["cityloop:layers"])


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "1066-10-14", "2026-04-30T00:00", "9" * 300])
def test_what_is_no_day_is_told_so(client: Client, day: str) -> None:
    for path in (address("roads", 14), "/map/style/light.json"):
        answer = client.get(path, {"day": day})
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert len(json.loads(answer.content)["detail"]) < 200
