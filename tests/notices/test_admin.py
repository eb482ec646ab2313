"""The console over notices: who sees which, and that none is changed."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cast import CITY, NOW, OTHER_CITY, Cast, city_cast, make_person  # noqa: F401
from cityloop.notices import models
from cityloop.notices.actions import Party, mark_read, tell


def url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:notices_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def told(city_cast: Cast) -> Cast:  # noqa: F811
    """A notice in each of two cities, one read by somebody of each."""
    their_admin = make_person("their_admin", "sysadmin", OTHER_CITY)
    people = city_cast.people | {"their_admin": their_admin}
    party = Party("dept_clerk", city_cast.departments["sanitation"], people["dept_clerk"])
    tell(CITY, "urge", "9901012026070100001", [party], at=NOW)
    tell(OTHER_CITY, "urge", "9901022026070100001", [Party("dispatcher", None, None)], at=NOW)
    mark_read(people["dept_clerk"], 1)
    mark_read(people["stranger"], 2)
    return Cast(CITY, people, city_cast.departments)


def at_console(client: Client, user_id: int) -> Client:
    client.cookies["django_language"] = "en"
    client.force_login(get_user_model().objects.get(pk=user_id))
    return client


@pytest.mark.parametrize(("who", "own"), [("sysadmin", CITY), ("their_admin", OTHER_CITY)])
def test_another_citys_notices_and_readings_are_not_there(told: Cast, client: Client, who: str, own: str) -> None:
    desk = at_console(client, told[who])
    listed = desk.get(url(models.Notice, "changelist")).context["cl"].result_list
    assert {row.jurisdiction for row in listed} == {own}
    reader = told["dept_clerk"] if own == CITY else told["stranger"]
    assert [row.person for row in desk.get(url(models.Reading, "changelist")).context["cl"].result_list] == [reader]
    for row in models.Notice.objects.all():
        expected = 200 if row.jurisdiction == own else 404
        assert desk.get(url(models.Notice, "change", row.pk)).status_code == expected
        assert desk.get(url(models.Notice, "history", row.pk)).status_code == expected
    for row in models.Reading.objects.all():
        expected = 200 if row.person == reader else 404
        assert desk.get(url(models.Reading, "change", row.pk)).status_code == expected


def test_no_path_changes_them(told: Cast, client: Client) -> None:
    boss = get_user_model().objects.create_superuser("boss")
    desk = at_console(client, boss.pk)
    for model in (models.Notice, models.Reading):
        row = model.objects.order_by("pk").first()
        before = list(model.objects.order_by("pk").values())
        assert row is not None
        assert desk.get(url(model, "add")).status_code == 403
        assert desk.post(url(model, "change", row.pk), {"kind": "x"}).status_code == 403
        assert desk.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        desk.post(url(model, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
        assert list(model.objects.order_by("pk").values()) == before
        assert desk.get(url(model, "changelist"), {"kind": "urge"}).status_code == 400


def test_a_notice_is_told_in_words_and_found_by_its_case(told: Cast, client: Client) -> None:
    desk = at_console(client, told["sysadmin"])
    page = desk.get(url(models.Notice, "changelist"), {"q": "9901012026070100001"}).content.decode()
    for words in ("2026-07-01 10:00:00", "Department clerk", "环卫中心", "dept_clerk", "9901012026070100001"):
        assert words in page
    assert desk.get(url(models.Notice, "changelist"), {"q": "99010120260701"}).context["cl"].result_list == []


def test_a_long_list_asks_no_more_than_a_short_one(told: Cast, client: Client) -> None:
    desk = at_console(client, told["sysadmin"])

    def asked(model: Any) -> int:
        desk.get(url(model, "changelist"))
        with CaptureQueriesContext(connection) as queries:
            desk.get(url(model, "changelist"))
        return len(queries)

    short = [asked(models.Notice), asked(models.Reading)]
    parties = [Party("dept_clerk", None, person) for person in told.people.values()] * 4
    for n in range(3):
        tell(CITY, "urge", f"x{n}", parties, at=NOW)
    for person in told.people.values():
        mark_read(person, 1)
    assert [asked(models.Notice), asked(models.Reading)] == short
    assert max(short) <= 10
