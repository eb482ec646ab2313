"""The areas in the console: each city its own."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from cast import CITY, OTHER_CITY, Cast, make_person
from cityloop.geography.actions import lay_regular_grid

DAY = date(2020, 1, 1)


@pytest.fixture
def console(city_cast: Cast, client: Client) -> Client:
    lay_regular_grid(CITY, 116.0, 39.0, 116.01, 39.01, 500, DAY)
    lay_regular_grid(OTHER_CITY, 117.0, 39.0, 117.01, 39.01, 500, DAY)
    client.force_login(get_user_model().objects.get(pk=make_person("keeper", "data_admin", OTHER_CITY)))
    return client


@pytest.mark.parametrize("name", ["region", "unitgrid", "dutygrid"])
def test_another_citys_areas_are_not_there(console: Client, name: str) -> None:
    model: Any = apps.get_model("geography", name)
    page = console.get(reverse(f"admin:geography_{name}_changelist")).content.decode()
    theirs = model.objects.filter(jurisdiction=CITY).order_by("code").first()
    own = model.objects.filter(jurisdiction=OTHER_CITY).order_by("code").first()
    assert own.code in page
    assert theirs.code not in page
    assert console.get(reverse(f"admin:geography_{name}_change", args=[own.pk])).status_code == 200
    assert console.get(reverse(f"admin:geography_{name}_change", args=[theirs.pk])).status_code == 302


def test_nobody_adds_or_deletes_an_area_by_hand(console: Client) -> None:
    model: Any = apps.get_model("geography", "unitgrid")
    grid = model.objects.filter(jurisdiction=OTHER_CITY).order_by("code").first()
    assert console.get(reverse("admin:geography_unitgrid_add")).status_code == 403
    assert console.post(reverse("admin:geography_unitgrid_delete", args=[grid.pk]), {"post": "yes"}).status_code == 403
