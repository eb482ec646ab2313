"""The console over parts: one city's own, by code, never changed."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from assets.conftest import CITY, DAY, code, part
from cast import OTHER_CITY, Cast, make_person
from cityloop.assets.actions import add_parts
from cityloop.assets.models import Part

pytestmark = pytest.mark.django_db
LIST = "admin:assets_part_changelist"


def at_console(client: Client, user_id: int) -> Client:
    client.cookies["django_language"] = "en"
    client.force_login(get_user_model().objects.get(pk=user_id))
    return client


def test_parts_are_found_by_the_beginning_of_their_code_and_shown_in_words(gridded: Cast, client: Client) -> None:
    add_parts(CITY, [part(1, keeper="HW"), part(2, class_code="01002")], DAY)
    desk = at_console(client, gridded["data_admin"])
    page = desk.get(reverse(LIST), {"q": code(1)[:12]})
    assert [row.code for row in page.context["cl"].result_list] == [code(1)]
    told = page.content.decode()
    assert "环卫中心" in told
    shown = desk.get(reverse("admin:assets_part_change", args=[Part.objects.get(code=code(1)).pk])).content.decode()
    assert "121.001000, 30.001000" in shown


def test_another_citys_parts_are_not_there_and_nobody_changes_any(gridded: Cast, client: Client) -> None:
    add_parts(CITY, [part(1)], DAY)
    row = Part.objects.get()
    stranger = at_console(Client(), make_person("their_admin", "data_admin", OTHER_CITY))
    assert stranger.get(reverse(LIST)).context["cl"].result_list == []
    assert stranger.get(reverse("admin:assets_part_change", args=[row.pk])).status_code == 404
    desk = at_console(client, gridded["data_admin"])
    assert desk.get(reverse("admin:assets_part_add")).status_code == 403
    assert desk.post(reverse("admin:assets_part_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert Part.objects.exists()
