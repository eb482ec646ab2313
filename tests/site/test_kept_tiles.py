"""Answers that are kept before the session is read: one statement while all stands, made anew once anything of it does not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cast import CITY, NOW, Cast, city_cast  # noqa: F401
from cityloop.assets.models import Part
from cityloop.onemap.queries.keeping import KEPT
from cityloop.organisation.models import Appointment
from cityloop.site import kept_tiles, maps
from map_town import SOUTH, WEST, address, make_town, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_hour")]

PATH = address("parts,unit_grids", 17, WEST + 0.004, SOUTH + 0.003)
User = get_user_model()


def statements(client: Client, path: str = PATH) -> tuple[HttpResponse, int]:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    return answer, len(asked)


@pytest.fixture
def client(town: Cast) -> Client:
    """A dispatcher's browser that has the tile already, and whose next look costs one statement."""
    KEPT.clear()
    browser = signed_in(town, "dispatcher")
    assert [browser.get(PATH).status_code for _time in range(3)] == [200] * 3
    assert statements(browser)[1] == 1
    return browser


def test_a_kept_answer_is_the_answer_itself(client: Client) -> None:
    KEPT.clear()
    kept, count = statements(client)
    assert count == 1
    fresh = client.get(PATH + "?day=" + NOW.date().isoformat())
    assert kept.content == fresh.content
    apart = {"X-Request-Id"}
    assert {n: v for n, v in kept.headers.items() if n not in apart} == {
        n: v for n, v in fresh.headers.items() if n not in apart
    }
    held = client.get(PATH, headers={"If-None-Match": kept["ETag"]})
    assert (held.status_code, held.content, held["ETag"], held["Cache-Control"]) == (
        304,
        b"",
        kept["ETag"],
        "private, no-cache",
    )


def stands(client: Client) -> bool:
    """Whether an answer is given unasked: at times, since other tests commit in this cluster, whose snapshots are of all databases."""
    return any(statements(client)[1] == 0 for _time in range(50))


def sign_out(client: Client, cast: Cast) -> None:
    del cast
    client.post(reverse("sign-out"))


def bar(client: Client, cast: Cast) -> None:
    del client
    User.objects.filter(pk=cast["dispatcher"]).update(is_active=False)


def new_password(client: Client, cast: Cast) -> None:
    del client
    account = User.objects.get(pk=cast["dispatcher"])
    account.set_password("quite another one 9")
    account.save()


def end_post(client: Client, cast: Cast) -> None:
    del client
    Appointment.objects.filter(user_id=cast["dispatcher"]).update(valid_to=NOW.date())


@pytest.mark.parametrize("lose", [sign_out, bar, new_password, end_post])
def test_who_may_see_it_no_more_is_not_told_that_it_is_unchanged(
    client: Client,
    town: Cast,
    lose: Callable[[Client, Cast], None],
) -> None:
    before = client.get(PATH)
    cookie = client.cookies["sessionid"].value
    lose(client, town)
    client.cookies["sessionid"] = cookie
    after = client.get(PATH, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 204
    assert after.content == b""


def test_a_change_of_the_ground_is_in_the_next_answer(client: Client) -> None:
    before = client.get(PATH)
    Part.objects.filter(jurisdiction=CITY).update(state="damaged")
    after = client.get(PATH, headers={"If-None-Match": before["ETag"]})
    assert (after.status_code, after.content == before.content) == (200, False)


def test_what_the_clock_ends_ends_with_it(client: Client, town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day that ends is the end of what was kept, though nobody has entered anything."""
    tomorrow = NOW + timedelta(days=1)
    monkeypatch.setattr("cityloop.site.kept_tiles.machine_now", lambda: tomorrow)
    assert statements(client)[1] > 1


def test_another_language_and_another_reader_have_answers_of_their_own(client: Client, town: Cast) -> None:
    client.cookies["django_language"] = "zh-hans"
    assert statements(client)[1] > 1
    assert Client().get(PATH).status_code == 204
    theirs = signed_in(town, "their_duty_chief").get(PATH)
    assert theirs.content != client.get(PATH).content


def test_what_follows_the_clock_or_is_seen_from_afar_is_not_kept(town: Cast) -> None:
    assert kept_tiles.square_of(address("cases", 15)) is None
    assert kept_tiles.square_of(address("parts,cases", 15)) is None
    assert kept_tiles.square_of("/tiles/nothing_such/3/1/1.mvt") is None
    assert kept_tiles.square_of("/tiles/parts/99/1/1.mvt") is None
    assert kept_tiles.square_of(PATH) is not None


def test_a_city_by_a_clock_of_its_own_is_asked_each_time(
    client: Client,
    town: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(maps, "_steady_until", lambda look, user_id: NOW)
    other = signed_in(town, "leader")
    for _time in range(3):
        other.get(PATH)
    assert statements(other)[1] > 1


def test_public_layers_are_kept_for_whoever_asks_and_do_not_forget_who_that_is(client: Client) -> None:
    ground = address("buildings,roads", 17, WEST + 0.004, SOUTH + 0.003)
    for path in (ground, PATH):
        assert client.get(path).status_code == 200
        assert statements(client, path)[1] == 1
    barred = get_user_model().objects.filter(username="dispatcher")
    assert barred.update(is_active=False) == 1
    assert statements(client, ground)[1] > 1, "who asks is still known, and changed"
    assert Client().get(ground).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_while_nothing_is_written_nothing_is_asked(transactional_db: None, at_the_hour: None) -> None:
    town = make_town()
    browser = signed_in(town, "dispatcher")
    for _time in range(3):
        kept = browser.get(PATH)
    assert stands(browser)
    Session.objects.create(session_key="another", session_data="", expire_date=NOW)
    assert statements(browser)[1] == 1, "something was written: it is asked what"
    assert stands(browser)
    Part.objects.filter(jurisdiction=CITY).update(state="damaged")
    changed = browser.get(PATH, headers={"If-None-Match": kept["ETag"]})
    assert (changed.status_code, changed.content == kept.content) == (200, False)
    cookie = browser.cookies["sessionid"].value
    browser.post(reverse("sign-out"))
    browser.cookies["sessionid"] = cookie
    assert browser.get(PATH).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_a_session_that_ends_by_the_clock_ends_what_was_kept_for_it(
    transactional_db: None, at_the_hour: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, now = signed_in(make_town(), "dispatcher"), timezone.now()
    monkeypatch.setattr(maps, "_steady_until", lambda look, user_id: now + timedelta(days=1))
    monkeypatch.setattr(kept_tiles, "machine_now", lambda: now)
    Session.objects.update(expire_date=now + timedelta(minutes=10))
    for _time in range(3):
        browser.get(PATH)
    assert stands(browser)
    monkeypatch.setattr(kept_tiles, "machine_now", lambda: now + timedelta(minutes=9))
    assert stands(browser)
    monkeypatch.setattr(kept_tiles, "machine_now", lambda: now + timedelta(minutes=10))
    assert not stands(browser)
