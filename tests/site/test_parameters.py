"""No call of the API overlooks a parameter that it does not know."""

from typing import Any
from uuid import uuid4

import pytest

from cases.door import DAY, Door, problem
from cast import Cast, city_cast  # noqa: F401
from cityloop.site.api import document

FILLED = {"number": "9901012026070100001", "action": "accept"}


@pytest.fixture
def door(city_cast: Cast) -> Door:  # noqa: F811
    return Door(city_cast)


def readings() -> dict[str, set[str]]:
    """Return every address that is read, filled in, with the names of its parameters."""
    found = {}
    described = document("en", DAY)
    for path, calls in described["paths"].items():
        if "get" not in calls:
            continue
        told = [told_of(one, described) for one in calls["get"].get("parameters", [])]
        in_path = {one["name"]: FILLED.get(one["name"], str(uuid4())) for one in told if one["in"] == "path"}
        found[path.removeprefix("/api/v1").format(**in_path)] = {one["name"] for one in told if one["in"] == "query"}
    return found


def told_of(parameter: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in parameter:
        parameter = described["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return parameter


def needed(path: str) -> dict[str, Any]:
    place = {"lon": 120, "lat": 30, "system": "wgs84"}
    return {"/locate": place, "/duplicates": {**place, "category": "gb47678_2026/part/01001"}}.get(path, {})


def test_every_reading_names_a_filter_that_it_does_not_know_and_those_it_does(
    door: Door, subtests: pytest.Subtests
) -> None:
    paths = readings()
    assert len(paths) > 15
    for path, known in paths.items():
        with subtests.test(path):
            body = problem(door("sysadmin").get(path, {"stat": "filed", **needed(path)}), 422, "invalid", "stat")
            assert all(name in body["detail"].partition("It knows")[2] for name in known)


def test_an_act_knows_none_either(door: Door) -> None:
    problem(door("acceptor").post("/cases?dry=1", {"inputs": {}}), 422, "invalid", "dry")


def test_a_stranger_is_asked_who_they_are_before(door: Door) -> None:
    problem(door("").get("/webhooks", {"state": "x"}), 401, "not_signed_in")
