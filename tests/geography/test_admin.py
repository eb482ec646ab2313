import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from cast import load_standards
from cityloop.geography.actions import lay_regular_grid
from cityloop.geography.admin import border_in_words
from cityloop.geography.models import DutyGrid, Region, UnitGrid
from geography.conftest import CITY, COMMUNITY, DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def console(client: Client) -> Client:
    load_standards()
    apps.get_model("organisation", "Jurisdiction").objects.create(code=CITY, name="环城区")  # whose tables these are
    lay_regular_grid(CITY, 116.0, 39.0, 116.02, 39.02, 500, DAY, name="环城区")
    client.force_login(get_user_model().objects.create_superuser("keeper"))
    return client


@pytest.mark.parametrize("model", [Region, UnitGrid, DutyGrid])
def test_lists_and_rows_open_without_a_map_from_elsewhere(console: Client, model: type) -> None:
    name = model._meta.model_name  # type: ignore[attr-defined]
    found = console.get(reverse(f"admin:geography_{name}_changelist"), {"q": CITY})
    assert found.status_code == 200
    row = model.objects.order_by("code").first()  # type: ignore[attr-defined]
    page = console.get(reverse(f"admin:geography_{name}_change", args=[row.pk]))
    assert page.status_code == 200
    assert row.code in page.content.decode()
    assert b"openlayers" not in page.content.lower()


def test_a_name_is_corrected_and_nothing_else(console: Client) -> None:
    grid = UnitGrid.objects.get(code=f"{COMMUNITY}001")
    address = reverse("admin:geography_unitgrid_change", args=[grid.pk])
    console.post(
        address, {"name": "东门", "timing_zone": "core", "code": f"{COMMUNITY}999", "valid_from": "2020-01-01"}
    )
    grid.refresh_from_db()
    assert (grid.name, grid.timing_zone, grid.code, grid.valid_from) == ("东门", "core", f"{COMMUNITY}001", DAY)


@pytest.mark.parametrize("model", [Region, UnitGrid, DutyGrid])
def test_areas_are_neither_added_nor_deleted_here(model: type[Model], rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = get_user_model()(username="keeper", is_superuser=True, is_active=True)
    console = admin.site.get_model_admin(model)
    assert console.has_view_permission(request)
    assert not console.has_add_permission(request)
    assert not console.has_delete_permission(request)


def test_a_border_is_told_in_words() -> None:
    lay_regular_grid(CITY, 116.0, 39.0, 116.02, 39.02, 5000, DAY)
    assert border_in_words(Region.objects.get(code=CITY).geometry) == (
        "1 parts, 5 points, from 116.000000, 39.000000 to 116.020000, 39.020000"
    )
    assert border_in_words(None) == "no border known"
