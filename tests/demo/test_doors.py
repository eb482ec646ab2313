"""The controls of a demo and its open door: there for the people of a demo, and nowhere else."""

from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from cast import CITY, PASSWORD, SINCE, Cast, make_cast
from cityloop.demo import models, tasks
from cityloop.demo.actions import driving
from cityloop.demo.actions.accounts import demo_password
from cityloop.demo.actions.pacing import begin_to_live, drive
from cityloop.demo.queries import seen_people, watched_cases
from cityloop.demo.rules.marks import ACCOUNTS, MADE_OF, ORIGIN, MadeOf
from cityloop.demo.rules.pace import SPEEDS
from cityloop.kernel.clock import CityClock, machine_now
from cityloop.kernel.ids import uuid7
from cityloop.organisation import actions
from cityloop.organisation.queries import city

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 7, 3, 2, 0, tzinfo=UTC)
NUMBER = f"{CITY}2026070300001"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def demo(cast: Cast) -> Cast:
    """A city marked as a demo that lives, whose accounts open with the sheet's password."""
    second = actions.create_user("acceptor2", name="second", jurisdiction=CITY).pk
    actions.appoint(second, "acceptor", CITY, valid_from=SINCE)
    # One number alone is what an older version has written.
    holders = {"acceptor": [cast["acceptor"], second], "sysadmin": cast["sysadmin"], "citizen": [cast["citizen"]]}
    made_of = MadeOf(7, is_small=True, a_day=60.0, streets=1)
    actions.change_settings(CITY, {ORIGIN: "seed 7", ACCOUNTS: holders, MADE_OF: asdict(made_of)})
    actions.share_password([second, cast["acceptor"], cast["sysadmin"], cast["citizen"]], demo_password(CITY))
    actions.set_clock(CITY, CityClock(MORNING, machine_now(), 0.0))
    begin_to_live(CITY, MORNING, now=machine_now())
    return cast


def signed_in(client: Client, who: int) -> Client:
    client.force_login(get_user_model().objects.get(pk=who))
    return client


def entered(client: Client, post: str) -> int:
    return client.post("/demo/enter", {"post": post}).status_code


def speed() -> float:
    clock = city(CITY).clock
    assert clock is not None
    return clock.speed


def test_one_click_lets_one_in_as_the_holder_of_a_post(demo: Cast, client: Client) -> None:
    page = client.get("/sign-in").content.decode()
    assert 'value="acceptor"' in page
    assert entered(client, "acceptor") == 302
    assert client.session["_auth_user_id"] == str(demo["acceptor"])


def test_a_shift_is_handed_over_to_the_second_of_its_post(demo: Cast, client: Client) -> None:
    second = get_user_model().objects.get(username="acceptor2").pk
    assert entered(client, "acceptor") == 302
    assert entered(client, "acceptor") == 302, "who comes in again has the turn already"
    assert city(CITY).on_duty("acceptor", city(CITY).now()) == [demo["acceptor"]]
    page = client.post("/desk/shift", {"key": str(uuid7()), "coming": second, "remarks": "车站周边"})
    assert page.status_code == 302
    assert entered(client, "acceptor/2") == 302
    assert set(city(CITY).on_duty("acceptor", city(CITY).now())) == {demo["acceptor"], second}
    handed = page.headers["Location"]
    assert client.post(f"{handed}/take").status_code == 302
    assert "车站周边" in client.get(handed).content.decode()
    assert entered(client, "acceptor/3") == 404


def test_a_click_leads_on_to_where_one_wanted_to_go_and_else_to_the_desk(demo: Cast, client: Client) -> None:
    page = client.get("/sign-in?next=/desk/search%3Fwords%3Dx").content.decode()
    assert page.count('name="next" value="/desk/search?words=x"') == 2, "of the form and of the door"
    for wanted, found in (
        ("/desk/search?words=x", None),
        ("//elsewhere.example/", "/desk"),
        ("", "/desk"),
        ("/", "/desk"),
    ):
        answer = client.post("/demo/enter", {"post": "acceptor", "next": wanted})
        assert answer.headers["Location"] == (found or wanted)


def test_the_click_needs_the_forms_token(demo: Cast) -> None:
    assert entered(Client(enforce_csrf_checks=True), "acceptor") == 403


def test_a_real_installation_has_no_open_door(cast: Cast, client: Client) -> None:
    assert "/demo/enter" not in client.get("/sign-in").content.decode()
    assert entered(client, "acceptor") == 404


def test_a_post_that_nobody_stands_for_is_not_there(demo: Cast, client: Client) -> None:
    assert entered(client, "leader") == 404
    assert entered(client, "\x00") == 404


def test_a_barred_account_is_neither_offered_nor_entered(demo: Cast, client: Client) -> None:
    get_user_model().objects.filter(pk=demo["acceptor"]).update(is_active=False)
    assert 'value="acceptor"' not in client.get("/sign-in").content.decode()
    assert entered(client, "acceptor") == 404


def test_an_account_whose_password_is_another_by_now_stays_shut(demo: Cast, client: Client) -> None:
    actions.share_password([demo["acceptor"]], PASSWORD)
    assert entered(client, "acceptor") == 404


def test_a_real_account_cannot_be_entered_even_where_the_setting_names_it(demo: Cast, client: Client) -> None:
    actions.change_settings(CITY, {ACCOUNTS: {"leader": demo["stranger"], "acceptor": demo["acceptor"]}})
    assert entered(client, "leader") == 404
    assert entered(client, "acceptor") == 302


def test_beside_a_real_city_nobody_who_may_do_everything_is_offered(demo: Cast, client: Client) -> None:
    assert 'value="sysadmin"' not in client.get("/sign-in").content.decode()
    assert entered(client, "sysadmin") == 404


def test_the_controls_are_there_for_people_of_the_demo_alone(demo: Cast, client: Client) -> None:
    assert client.post("/demo/storm").status_code == 302, "to the door"
    assert not models.Storm.objects.exists()
    assert signed_in(client, demo["stranger"]).post("/demo/storm").status_code == 404
    assert signed_in(client, demo["acceptor"]).post("/demo/storm").status_code == 302
    assert models.Storm.objects.count() == 1


def test_a_real_city_has_no_controls(cast: Cast, client: Client) -> None:
    signed_in(client, cast["acceptor"])
    assert [client.post(f"/demo/{what}").status_code for what in ("pace", "morning", "storm", "watch")] == [404] * 4
    assert "demo-bar" not in client.get("/desk").content.decode()


def test_the_bar_stands_over_the_desk_and_tells_the_time(demo: Cast, client: Client) -> None:
    page = signed_in(client, demo["acceptor"]).get("/desk").content.decode()
    assert "<demo-bar" in page
    assert "07-03 10:00" in page


def test_a_speed_is_set_without_a_jump_of_time(demo: Cast, client: Client) -> None:
    before = city(CITY).now()
    signed_in(client, demo["acceptor"]).post("/demo/pace", {"notch": str(SPEEDS.index(600))})
    assert speed() == 600
    assert timedelta() <= city(CITY).now() - before < timedelta(minutes=20)
    client.post("/demo/pace", {"is_paused": "1"})
    assert speed() == 0
    assert city(CITY).now() == city(CITY).now()
    client.post("/demo/pace", {"is_paused": "0"})
    assert speed() == 600


@pytest.mark.parametrize("notch", ["99", "-1", "x", "1" * 400, "１"])
def test_a_notch_that_the_slider_has_not_is_refused(demo: Cast, client: Client, notch: str) -> None:
    assert signed_in(client, demo["acceptor"]).post("/demo/pace", {"notch": notch}).status_code == 422


def test_it_leads_back_to_where_the_form_was_and_never_elsewhere(demo: Cast, client: Client) -> None:
    signed_in(client, demo["acceptor"])
    assert client.post("/demo/pace", {"next": "/desk?light=red"}).headers["Location"] == "/desk?light=red"
    assert client.post("/demo/pace", {"next": "//elsewhere.example/"}).headers["Location"] == "/desk"


def test_the_city_goes_at_its_real_pace_while_somebody_has_a_case_open(demo: Cast, client: Client) -> None:
    drive(CITY, now=machine_now())
    assert speed() == 30
    page = signed_in(client, demo["acceptor"]).post(
        "/demo/watch", {"number": NUMBER}, headers={"X-Requested-With": "demo-bar"}
    )
    assert "<demo-bar" not in page.content.decode()
    assert speed() == 1
    client.post("/demo/pace", {"waits_for_people": "0"})
    assert speed() == 30
    client.post("/demo/pace", {"waits_for_people": "1"})
    assert speed() == 1
    models.Watch.objects.update(seen_at=machine_now() - timedelta(minutes=1))
    drive(CITY, now=machine_now())
    assert speed() == 30


def test_a_city_that_was_stopped_goes_on_where_it_was(demo: Cast) -> None:
    began = machine_now()
    drive(CITY, now=began)
    drive(CITY, now=began + timedelta(seconds=10))
    drive(CITY, now=began + timedelta(hours=9))
    clock = city(CITY).clock
    assert clock is not None
    assert clock.at(began + timedelta(hours=9)) == MORNING + timedelta(seconds=300)


def test_whoever_finds_another_driving_goes_away_and_has_none_follow(
    demo: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for is_alone, follow in ((False, 0), (True, 1)):
        monkeypatch.setattr(driving, "alone", lambda *_names, is_alone=is_alone: nullcontext(is_alone))
        monkeypatch.setattr(tasks, "TURN_S", 0.0)
        tasks.live(timestamp=0)
        assert ProcrastinateJob.objects.filter(task_name=tasks.LIVE).count() == follow


def test_the_clock_goes_to_the_morning(demo: Cast, client: Client) -> None:
    signed_in(client, demo["acceptor"]).post("/demo/morning")
    local = city(CITY).now().astimezone(city(CITY).time_zone)
    assert (local.day, local.hour, local.minute) == (4, 7, 30)


def test_cases_that_are_ticked_are_in_hand_too(demo: Cast, client: Client) -> None:
    numbers = [NUMBER, f"{CITY}2026070300002"]
    signed_in(client, demo["acceptor"]).post("/demo/watch", {"number": [*numbers, numbers[0], "'; DROP"]})
    assert watched_cases(CITY, machine_now() - timedelta(seconds=5)) == set(numbers)
    assert seen_people(CITY, machine_now() - timedelta(seconds=5)) == {demo["acceptor"]}
    assert speed() == 1
    client.post("/demo/watch", {"number": numbers[1]})
    assert models.Watch.objects.count() == 2, "what is noted again is one line"


def test_who_watches_what_is_no_number_watches_nothing(demo: Cast, client: Client, settings: Any) -> None:
    signed_in(client, demo["acceptor"]).post("/demo/watch", {"number": "'; DROP"})
    assert set(models.Watch.objects.values_list("number", flat=True)) == {""}
