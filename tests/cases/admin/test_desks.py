"""The console over what people keep at their desks: within one's own cities, never to change, no caller's number told."""

from typing import Any
from uuid import uuid4

import pytest

from cases.admin.conftest import Cities, Console, url
from cast import CITY, NOW, OTHER_CITY
from cityloop.cases import models

MODELS = [models.ShiftHandover, models.Following, models.FavouriteClass, models.Export]


@pytest.fixture
def kept(cities: Cities) -> dict[str, dict[type, Any]]:
    """One of each in either city, by city code and model."""
    rows: dict[str, dict[type, Any]] = {}
    for code, number, who, category in (
        (CITY, cities.ours, "acceptor", "gb47678_2026/part/01001"),
        (OTHER_CITY, cities.theirs, "their_acceptor", "gb47678_2026/part/01002"),
    ):
        me, case = cities.people[who], models.Case.objects.get(number=number)
        shift = models.ShiftHandover.objects.create(
            jurisdiction=code, post="acceptor", left_by=me, at=NOW, remarks=f"交给 {code}", key=uuid4(),
            work=[{"kind": "accept", "name": "受理", "lights": {"red": 2, "green": 0}}],
        )  # fmt: skip
        models.HandoverMark.objects.create(handover=shift, case=case, remark=f"盯住 {code}", state=case.state, seq=1)
        rows[code] = {
            models.ShiftHandover: shift,
            models.Following: models.Following.objects.create(case=case, person=me, since=NOW),
            models.FavouriteClass: models.FavouriteClass.objects.create(person=me, category=category),
            models.Export: models.Export.objects.create(
                owner=me, language="zh-hans", query=f"q=井盖&caller=4GkU3&city={code}", asked_at=NOW, rows=12
            ),
        }
    return rows


@pytest.mark.parametrize("model", MODELS)
def test_an_administrator_sees_those_of_their_cities(kept: Any, console: Console, model: type) -> None:
    ours, theirs = kept[CITY][model], kept[OTHER_CITY][model]
    for who, seen, unseen in (("sysadmin", ours, theirs), ("their_admin", theirs, ours)):
        desk = console(who)
        listed = desk.get(url(model, "changelist")).content.decode()
        assert f"/{seen.pk}/change/" in listed
        assert f"/{unseen.pk}/" not in listed
        assert desk.get(url(model, "change", seen.pk)).status_code == 200
        assert desk.get(url(model, "change", unseen.pk)).status_code == 404
    assert console("boss").get(url(model, "change", theirs.pk)).status_code == 200


def test_a_handover_tells_who_left_what_with_which_cases(cities: Cities, kept: Any, console: Console) -> None:
    page = console("sysadmin").get(url(models.ShiftHandover, "change", kept[CITY][models.ShiftHandover].pk))
    for words in (cities.ours, "acceptor", "Acceptor", f"交给 {CITY}", f"盯住 {CITY}", "受理", "2"):
        assert words in page.content.decode()


def test_an_export_tells_what_was_asked_but_no_number(kept: Any, console: Console) -> None:
    page = console("sysadmin").get(url(models.Export, "change", kept[CITY][models.Export].pk)).content.decode()
    assert "井盖" in page
    assert "4GkU3" not in page


@pytest.mark.parametrize("model", MODELS)
def test_nobody_changes_them_here(kept: Any, console: Console, model: type) -> None:
    desk, pk = console("boss"), kept[CITY][model].pk
    assert desk.get(url(model, "add")).status_code == 403
    assert desk.post(url(model, "delete", pk), {"post": "yes"}).status_code == 403
    assert desk.post(url(model, "change", pk), {}).status_code == 403


def test_a_list_costs_few_queries(kept: Any, console: Console, django_assert_max_num_queries: Any) -> None:
    desk = console("sysadmin")
    for model in MODELS:
        desk.get(url(model, "changelist"))
        with django_assert_max_num_queries(12):
            desk.get(url(model, "changelist"))
