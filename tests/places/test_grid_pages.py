"""The pages of grids: who may, what is told, what is refused; without a browser."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation

from cast import CITY, Cast, city_cast  # noqa: F401
from cityloop.geography.actions import dividing, lay_regular_grid
from cityloop.geography.models import GridArea, GridDraft, UnitGrid
from cityloop.places.grids.figures import bars, classes_of, figure_lines, metres2

SINCE = date(2020, 1, 1)
FIGURES = {
    "grids": 9, "built_m2": 9_000.0, "area_m2": [1, 2, 3_000, 4, 2_500_000], "cut_buildings": 2, "along": 0.5, "compact": 0.7,
    "parts": 10, "load_spread": 1.2, "load_most": 3.0, "gap_m2": 12.0, "overlap_m2": 0.0,
}  # fmt: skip


# --- figures in words


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.usefixtures("english")
def test_a_figure_says_which_way_it_went() -> None:
    now = FIGURES | {"cut_buildings": 0, "along": 0.4, "gap_m2": 900.0}
    told = {one.title: one for one in figure_lines(now, FIGURES)}
    assert (told["Buildings cut"].now, told["Buildings cut"].before, told["Buildings cut"].trend) == (
        "0",
        "2",
        "better",
    )
    assert told["Along roads, water, walls"].trend == "worse"
    assert told["Compactness"].trend == ""
    assert (told["Cover"].trend, told["Cover"].before) == ("worse", "whole, without overlap")
    assert told["Largest"].now == "2.50 km²"
    assert all(one.before == one.trend == "" for one in figure_lines(FIGURES, None))
    assert len(figure_lines(FIGURES | {"parts": 0}, None)) == len(told) - 2


def test_bars_are_as_long_as_the_largest_class() -> None:
    made = bars([0, 4, 2, 0, 0, 0, 0, 0, 1], [8, 0, 0, 0, 0, 0, 0, 0, 0])
    assert (made[0].label, made[1].label, made[-1].label) == ("< 2.5k", "2.5k–5k", "≥ 100k")
    assert (made[1].length, made[0].length_before, made[0].before) == (50.0, 100.0, 8)
    assert classes_of([100, 2_500, 9_999, 200_000]) == [1, 1, 0, 1, 0, 0, 0, 0, 1]
    assert metres2(12_345) == "12,345 m²"


# --- pages


@pytest.fixture
def town(city_cast: Cast) -> Cast:  # noqa: F811
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, SINCE)
    return city_cast


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.get(pk=cast[who]))
    return client


def sent(client: Client, path: str, **body: Any) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json")


@pytest.mark.django_db
def test_only_who_keeps_the_data_sees_the_pages(town: Cast) -> None:
    draft = dividing.draft_of_grids(CITY, date(2026, 1, 1), by="")
    for path in ("", "/areas", f"/{draft}", f"/{draft}/publish", f"/{draft}/shapes?box=1,1,2,2&zoom=3"):
        for who in ("dispatcher", "collector", "leader", "stranger"):
            assert signed_in(town, who).get(f"/desk/data/grids{path}").status_code == 403
        for who in ("data_admin", "sysadmin"):
            assert signed_in(town, who).get(f"/desk/data/grids{path}").status_code == 200


@pytest.mark.django_db
def test_a_draft_is_changed_by_a_script_and_refusals_say_why(town: Cast) -> None:
    client = signed_in(town, "data_admin")
    draft = dividing.draft_of_grids(CITY, date(2026, 1, 1), by="乙")
    path = f"/desk/data/grids/{draft}"
    told = client.get(f"{path}/shapes?box=119.9,29.9,120.1,30.1&zoom=16").json()
    assert (told["step"], told["exact"], len(told["features"])) == (0, True, UnitGrid.objects.count())
    rough = client.get(f"{path}/shapes?box=119.9,29.9,120.1,30.1&zoom=10").json()
    assert (rough["exact"], len(rough["features"])) == (False, len(told["features"]))
    one, other = (feature["id"] for feature in told["features"][:2])
    done = sent(client, f"{path}/change", seen=0, what="merge", grids=[one, other]).json()
    assert (done["step"], sorted(done["gone"]), len(done["features"])) == (1, [one, other], 1)
    late = sent(client, f"{path}/change", seen=0, what="merge", grids=[one, other])
    assert (late.status_code, late.json()["step"]) == (409, 1)
    for wrong in (
        {"seen": 1, "what": "merge", "grids": [done["features"][0]["id"]]},
        {"seen": 1, "what": "move", "from": [1], "to": [2, 2]},
        {"seen": 1, "what": "split", "grid": "x", "line": []},
        {"seen": 1, "what": "bend", "side": [[0, 0]], "to": [0, float("nan")]},
        {"seen": 1, "what": "paint"},
        {"what": "go", "step": 0},
    ):
        answer = sent(client, f"{path}/change", **wrong)
        assert answer.status_code == 422
        assert answer.json()["detail"]
    assert client.post(f"{path}/change", "{", content_type="application/json").status_code == 422
    assert client.get(f"{path}/shapes?box=1,2,3&zoom=9").status_code == 422
    assert GridDraft.objects.get().step == 1


@pytest.mark.django_db
def test_the_second_at_one_draft_is_told(town: Cast) -> None:
    draft = dividing.draft_of_grids(CITY, date(2026, 1, 1), by="")
    first, second = signed_in(town, "data_admin"), signed_in(town, "sysadmin")
    assert first.get(f"/desk/data/grids/{draft}/state").json()["others"] == []
    assert second.get(f"/desk/data/grids/{draft}/state").json()["others"] == ["data_admin"]
    assert ">◐ data_admin " in second.get(f"/desk/data/grids/{draft}").content.decode()


@pytest.mark.django_db
def test_a_summary_comes_before_publishing_and_an_old_one_does_not_count(town: Cast) -> None:
    client = signed_in(town, "data_admin")
    draft = dividing.draft_of_grids(CITY, date(2026, 1, 1), by="")
    told = client.get(f"/desk/data/grids/{draft}/shapes?box=119.9,29.9,120.1,30.1&zoom=16").json()
    path = f"/desk/data/grids/{draft}"
    sent(client, f"{path}/change", seen=0, what="merge", grids=[one["id"] for one in told["features"][:2]])
    page = client.get(f"{path}/publish", {"day": "2026-07-01"}).content.decode()
    assert 'name="seen" value="1"' in page
    assert client.post(f"{path}/publish", {"day": "2026-07-01", "seen": "0"}).status_code == 422
    assert client.post(f"{path}/publish", {"day": "2019-01-01", "seen": "1"}).status_code == 409
    assert client.post(f"{path}/publish", {"day": "2026-13-45", "seen": "1"}).status_code == 422
    assert GridDraft.objects.get().published_at is None
    assert client.post(f"{path}/publish", {"day": "2026-07-01", "seen": "1"}).status_code == 302
    assert "2026-07-01" in client.get("/desk/data/grids").content.decode()


@pytest.mark.django_db
def test_areas_are_chosen_and_drawn(town: Cast) -> None:
    client = signed_in(town, "data_admin")
    path = "/desk/data/grids/areas"
    click = {"type": "Point", "coordinates": [120.001, 30.001]}
    box = {"type": "Polygon", "coordinates": [[[119, 29], [121, 29], [121, 31], [119, 31], [119, 29]]]}
    one = sent(client, f"{path}/choose", kind="management", codes=[], shape=click).json()
    assert one["count"] == 1
    assert [count for _title, count in one["held"]] == [0, 0]
    assert sent(client, f"{path}/choose", kind="management", codes=one["codes"], shape=click).json()["count"] == 0
    whole = sent(client, f"{path}/choose", kind="management", codes=[], shape=box).json()
    assert whole["count"] == UnitGrid.objects.count()
    assert (
        sent(client, f"{path}/choose", kind="management", codes=whole["codes"], shape=box, take=True).json()["count"]
        == 0
    )
    for wrong in ({"kind": "x", "codes": []}, {"kind": "duty", "codes": [], "shape": {"type": "LineString"}}):
        assert sent(client, f"{path}/choose", **wrong).status_code == 422
    form = {"kind": "management", "name": "全", "grids": " ".join(whole["codes"]), "day": "2026-07-01"}
    refused = client.post(path, form | {"name": ""})
    assert (refused.status_code, GridArea.objects.count()) == (422, 0)
    assert whole["codes"][0] in refused.content.decode()  # what was chosen is not lost
    assert client.post(path, form).status_code == 302
    assert GridArea.objects.get().name == "全"
