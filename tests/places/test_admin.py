"""The console over the ground: one city's own, to look at."""

import pytest
import shapely
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from cast import CITY, OTHER_CITY, Cast, city_cast, make_person  # noqa: F401
from cityloop.places.actions import Ground, NewArea, NewBuilding, NewRoad, add_ground
from cityloop.places.models import Area, Building, Road
from places.test_actions import BOX, DAY

pytestmark = pytest.mark.django_db


def test_a_citys_own_ground_is_shown_and_never_changed(city_cast: Cast) -> None:  # noqa: F811
    line = shapely.LineString([(121, 30), (121.01, 30.01)])
    add_ground(CITY, Ground([NewRoad("lane", line, "柳巷")], [NewBuilding(BOX)], [NewArea("park", BOX, "柳园")]), DAY)
    desk, stranger = Client(), Client()
    desk.force_login(get_user_model().objects.get(pk=city_cast["data_admin"]))
    stranger.force_login(get_user_model().objects.get(pk=make_person("their_admin", "data_admin", OTHER_CITY)))
    for model in (Road, Building, Area):
        row, name = model.objects.get(), model._meta.model_name
        assert desk.get(reverse(f"admin:places_{name}_changelist")).context["cl"].result_list == [row]
        page = desk.get(reverse(f"admin:places_{name}_change", args=[row.pk]))
        assert "121.000000" in page.content.decode()
        assert desk.post(reverse(f"admin:places_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        assert stranger.get(reverse(f"admin:places_{name}_changelist")).context["cl"].result_list == []
        assert stranger.get(reverse(f"admin:places_{name}_change", args=[row.pk])).status_code == 404
    assert Road.objects.exists()
