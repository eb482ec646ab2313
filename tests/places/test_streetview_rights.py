"""No picture of street view leaves to who may not see it: every address, as every post, in the city and beside it."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation

from cast import CITY, NOW, Cast, city_cast, make_person  # noqa: F401
from cityloop.geography.actions import lay_regular_grid
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import InvalidInput
from cityloop.media import actions as media
from cityloop.media.choices import State
from cityloop.media.models import File
from cityloop.media.pages import sent_for
from cityloop.onemap.choices import StreetState
from cityloop.onemap.models import StreetRun, StreetView
from cityloop.onemap.queries.streetview import lost_runs
from cityloop.organisation.rules.staffing import STANDARD_POSTS
from cityloop.places import streetview
from cityloop.places.streetview.sending import STREET_FILES
from panoramas import drive, packed

pytestmark = pytest.mark.django_db
PLACE = {"lon": "120.004", "lat": "30.0052"}
KEEPERS = {"data_admin", "sysadmin"}


@pytest.fixture
def street(city_cast: Cast, tmp_path: Path) -> Iterator[Cast]:  # noqa: F811
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    path = packed(drive([(120.004, 30.005), (120.0041, 30.005)], 90.0), tmp_path / "road.zip")
    run = streetview.begin_zip(path, jurisdiction=CITY, name="road.zip", actor_id=None, now=NOW)
    streetview.go_on(run.id, clock=lambda: NOW)
    streetview.ask_to(run, StreetState.APPLYING, actor_id=None, now=NOW, in_background=False)
    streetview.go_on(run.id, clock=lambda: NOW)
    return city_cast


def signed_in(pk: int) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.get(pk=pk))
    return client


def pictures(view: StreetView) -> list[str]:
    start = f"/streetview/{view.pk}"
    return [f"{start}/picture", f"{start}/large", f"{start}/small", f"{start}/base", f"{start}/0/1/0.jpg"]


def test_the_staff_of_the_city_sees_it_and_nobody_else(street: Cast) -> None:
    view = StreetView.objects.order_by("number")[0]
    seen, unseen = 0, 0
    for post in STANDARD_POSTS:
        client = signed_in(street[post])
        near = client.get("/streetview/near", PLACE)
        if post == "citizen":
            unseen += 1
            assert near.json() == {"view": None}
            assert {client.get(path).status_code for path in [*pictures(view), f"/streetview/{view.pk}.json"]} == {404}
            continue
        seen += 1
        told = near.json()["view"]
        assert (told["id"], told["look"], told["metres"]) == (view.pk, 0.0, 22)
        assert [one["next"] for one in told["beside"]] == [True]
        assert told["levels"] == [[2048, 4]]
        assert client.get(f"/streetview/{view.pk}.json").json()["view"]["look"] == 90.0
        if post in {"collector", "leader"}:
            for path in pictures(view):
                answer = client.get(path)
                assert answer.status_code == 200
                assert answer["Cache-Control"].startswith("private")
                body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
                assert body[:3] == b"\xff\xd8\xff" or body[8:12] == b"WEBP"
                assert client.get(path, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304
    stranger = signed_in(street["stranger"])
    assert stranger.get("/streetview/near", PLACE).json() == {"view": None}
    for path in [*pictures(view), f"/streetview/{view.pk}.json"]:
        held = stranger.get(path, HTTP_IF_NONE_MATCH="*")
        assert held.status_code == 404, "nobody is told “not modified” of what they may not see"
        assert Client().get(path).status_code == 302
    assert (seen, unseen) == (len(STANDARD_POSTS) - 1, 1)


def test_those_who_keep_the_data_alone_bring_it_in_and_take_it_out(street: Cast) -> None:
    run = StreetRun.objects.get()
    for post in [*STANDARD_POSTS, "stranger"]:
        client = signed_in(street[post])
        start = "/desk/data/streetview"
        pages = [client.get(start), client.post(f"{start}/grant", {"bytes": "10"})]
        named = [client.get(f"{start}/{run.id}"), client.get(f"{start}/{run.id}/report.xlsx")]
        codes = [answer.status_code for answer in [*pages, *named]]
        assert codes == [200, 201, 200, 200] if post in KEEPERS else all(code in {302, 403, 404} for code in codes), (
            post
        )
        if post not in KEEPERS:
            assert client.post(f"{start}/{run.id}/undo").status_code in {302, 403, 404}
    assert StreetView.objects.count() == 2
    keeper = signed_in(street["data_admin"])
    assert keeper.post(f"/desk/data/streetview/{run.id}/apply").status_code == 409
    assert keeper.post(f"/desk/data/streetview/{run.id}/nonsense").status_code == 422
    assert keeper.post("/desk/data/streetview").status_code == 422
    assert keeper.post(f"/desk/data/streetview/{run.id}/undo").status_code == 302
    run.refresh_from_db()
    assert run.state == "undoing"


def test_an_erased_picture_is_gone_at_once_and_nonsense_is_refused(street: Cast) -> None:
    client = signed_in(street["acceptor"])
    view = StreetView.objects.order_by("number")[0]
    media.erase(view.file_id, by_id=1, reason="a face", now=NOW)
    assert File.objects.get(pk=view.file_id).state == State.ERASED
    assert {client.get(path).status_code for path in pictures(view)} == {404}
    other = StreetView.objects.order_by("number")[1]
    for path in ("original", "squares", "x", "9/0/0.jpg", "0/4/0.jpg", "0/0/2.jpg"):
        assert client.get(f"/streetview/{other.pk}/{path}").status_code == 404
    assert client.get("/streetview/near", {**PLACE, "day": "2026-02-28"}).json() == {"view": None}
    for given in (
        {},
        {**PLACE, "day": "soon"},
        {"lon": "x", "lat": "1"},
        {"lon": "nan", "lat": "1"},
        {"lon": "200", "lat": "1"},
    ):
        assert client.get("/streetview/near", given).status_code == 422
    assert client.get(f"/streetview/{other.pk}.json", {"lon": "1"}).status_code == 422


def test_a_file_that_came_is_checked_by_what_its_form_says_and_for_no_other_city(street: Cast, tmp_path: Path) -> None:
    path = packed(drive([(120.0041, 30.005), (120.004, 30.005)], 90.0), tmp_path / "back.zip")
    grant = STREET_FILES.grant(street["data_admin"], CITY, path.stat().st_size)
    came = STREET_FILES.grantor.keep(grant, path)
    assert lost_runs(machine_now() + timedelta(hours=1)) == [], "its form has not come"
    receipt = f"zip:{STREET_FILES.grantor.receipt(grant, came.sha256)}"
    keeper = signed_in(street["data_admin"])
    told = {"files": receipt, "files_name": "回程.zip", "system": "gcj02"}
    elsewhere = signed_in(street["sysadmin"])  # whose receipt it is not
    assert elsewhere.post("/desk/data/streetview", told).status_code == 422
    answer = keeper.post("/desk/data/streetview", told)
    assert answer.headers["Location"] == f"/desk/data/streetview/{came.id}"
    run = StreetRun.objects.get(pk=came.id)
    assert (run.file_name, run.system, run.beat_at is not None) == ("回程.zip", "gcj02", True)
    keeper.post("/desk/data/streetview", told | {"system": "wgs84"})
    run.refresh_from_db()
    assert run.system == "gcj02", "by which it is being checked"
    with pytest.raises(InvalidInput), translation.override("en"):
        sent_for(CITY, "990102")
