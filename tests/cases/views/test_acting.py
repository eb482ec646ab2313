"""The forms of acts: what stands in them before anything is typed, and what becomes of what was typed when a session ends."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases.conftest import BROKEN_COVER, MANHOLE, OPEN_COVER, POINT, Desk
from cases.views.test_desk import PART, at, hidden  # noqa: F401 # a fixture
from cast import CITY, DUTY_GRID, NOW, PASSWORD
from cityloop.cases.models import Case, FavouriteClass, ReporterLook
from cityloop.geography.actions import DutyGridPlan, make_duty_grids
from cityloop.geography.queries import locate
from cityloop.kernel import pages

HEAP = "gb47678_2026/event/06010"
CALLER: dict[str, Any] = {
    "source": "hotline",
    "photos": None,
    "reporter": {"name": "王女士", "phone": "13900001111"},
}


@pytest.fixture
def duty(desk: Desk) -> None:
    """The place where cases are reported lies in the collector's duty grid."""
    here = locate(POINT["lon"], POINT["lat"], NOW.date(), jurisdiction=CITY)
    assert here is not None
    make_duty_grids(CITY, [DutyGridPlan(DUTY_GRID, "一", (here.unit_grid,))], date(2020, 1, 1))


def form_of(page: Client, number: str, action: str) -> str:
    return page.get(f"/desk/cases/{number}/{action}", **PART).content.decode()


# --- the report


def test_a_report_asks_in_the_order_in_which_a_caller_tells(desk: Desk, at: Any) -> None:  # noqa: F811
    html = at("acceptor").get("/desk/report", **PART).content.decode()
    names = ("source", "reporter.phone", "address", "point.lon", "category", "condition", "description", "part_code")
    places = [html.index(f'name="{name}"') for name in names]
    assert places == sorted(places)
    phone, calls, address = (html.index(one) for one in ("reporter.phone", "/desk/report/calls", 'name="address"'))
    assert phone < calls < address, "what the caller reported before stands with the caller"
    assert html.index("point.lat") < html.index("/desk/report/likely") < html.index('name="category"')


def test_a_favourite_class_stands_first_for_whoever_starred_it(desk: Desk, at: Any) -> None:  # noqa: F811
    star = {"category": HEAP, "on": "1"}
    for _twice in range(2):
        assert at("acceptor").post("/desk/report/favourite", star).status_code == 204
    html = at("acceptor").get("/desk/report", **PART).content.decode()
    assert html.index('label="★') < html.index(f'value="{HEAP}"') < html.index(f'value="{MANHOLE}"')
    assert html.count(f'value="{HEAP}"') == 1
    assert "★" not in at("collector").get("/desk/report", **PART).content.decode()
    at("acceptor").post("/desk/report/favourite", {"category": HEAP, "on": ""})
    assert not FavouriteClass.objects.exists()


def test_a_class_that_no_city_of_theirs_uses_gets_no_star(desk: Desk, at: Any) -> None:  # noqa: F811
    assert at("acceptor").post("/desk/report/favourite", {"category": "none", "on": "1"}).status_code == 404
    assert not FavouriteClass.objects.exists()


# --- what stands in sight


@pytest.mark.parametrize(("who", "action"), [("acceptor", "accept"), ("duty_chief", "file")])
def test_limit_and_closing_condition_of_the_condition_are_in_sight(
    desk: Desk,
    at: Any,  # noqa: F811
    who: str,
    action: str,
) -> None:
    number = desk.report(condition=OPEN_COVER).number
    if action == "file":
        desk("acceptor", number, "accept")
    html = form_of(at(who), number, action)
    told = re.search(r'<small class="limit-told" role="status">([^<]+)</small>', html)
    assert told
    assert re.search(r"\d+ \D+ · closed when: .+", told[1])
    assert f'data-told="{told[1]}"' in html


@pytest.mark.usefixtures("duty")
def test_the_collector_on_duty_is_chosen_already_for_a_verification_and_a_check(desk: Desk, at: Any) -> None:  # noqa: F811
    number = desk.report("acceptor", **CALLER).number
    chosen = f'<option value="{desk.cast["collector"]}" selected>'
    assert chosen in form_of(at("acceptor"), number, "send_verify")
    feedback = desk.in_disposal()
    desk("dept_clerk", feedback, "feedback")
    assert chosen in form_of(at("acceptor"), feedback, "send_check")


def test_ones_own_last_act_says_how_long_it_can_be_taken_back(desk: Desk, at: Any) -> None:  # noqa: F811
    number = desk.report().number
    page = at("acceptor")
    form = form_of(page, number, "accept")
    page.post(f"/desk/cases/{number}/accept", {"key": hidden(form, "key"), "seq": hidden(form, "seq")})
    html = page.get(f"/desk/cases/{number}").content.decode()
    menu = html[html.index('class="takes-back"') :]
    minutes = int(re.search(r'<due-clock left="(\d+)">', menu)[1])  # type: ignore[index]
    assert 0 < minutes <= 30
    assert "takes-back" not in at("duty_chief").get(f"/desk/cases/{number}").content.decode()


def test_a_reply_says_who_reads_it_and_offers_phrases(desk: Desk, at: Any) -> None:  # noqa: F811
    number = desk.report("acceptor", **CALLER).number
    html = form_of(at("acceptor"), number, "reject")
    reply = html[html.index('for="f-reply"') :]
    assert "Whoever reported reads this" in reply
    assert reply.index("data-phrase") < reply.index('name="reply"')
    assert "Whoever reported reads this" not in html[: html.index('for="f-reply"')]


# --- the callback


def closed(desk: Desk) -> str:
    number = desk.to_close(**CALLER, who="acceptor")
    desk("duty_chief", number, "close", condition_met=True, reply="井盖已更换，感谢来电。")
    return number


@pytest.mark.usefixtures("duty")
def test_a_callback_shows_whom_to_call_and_what_they_were_answered(desk: Desk, at: Any) -> None:  # noqa: F811
    number = closed(desk)
    before = ReporterLook.objects.count()
    html = form_of(at("acceptor"), number, "callback")
    assert "王女士 · 13900001111" in html
    assert "井盖已更换，感谢来电。" in html
    look = ReporterLook.objects.latest("id")
    assert (ReporterLook.objects.count(), look.post, look.fields) == (
        before + 1,
        "acceptor",
        ["reporter_name", "reporter_phone"],
    )


@pytest.mark.usefixtures("duty")
def test_other_forms_and_other_posts_show_no_phone(desk: Desk, at: Any) -> None:  # noqa: F811
    number = closed(desk)
    assert "13900001111" not in form_of(at("acceptor"), number, "note")
    for who in ("dept_clerk", "collector"):
        assert "13900001111" not in form_of(at(who), number, "callback")
    assert not ReporterLook.objects.exists()


# --- a session that ends between opening a form and sending it


@pytest.fixture
def strict(desk: Desk) -> Client:
    """A browser that is asked for its token, as all are."""
    user = get_user_model().objects.get(pk=desk.cast["acceptor"])
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def token(html: str) -> str:
    return hidden(html, "csrfmiddlewaretoken")


def test_without_script_what_was_typed_comes_back_after_signing_in_again(desk: Desk, strict: Client) -> None:
    form = strict.get("/desk/report").content.decode()
    typed = {
        "csrfmiddlewaretoken": token(form),
        "key": hidden(form, "key"),
        "source": "hotline",
        "category": MANHOLE,
        "condition": BROKEN_COVER,
        "description": "井盖翘起 <b>",
        "reporter.phone": "13900001111",
        "photos.close": SimpleUploadedFile("盖.jpg", b"picture", "image/jpeg"),
    }
    del strict.cookies["sessionid"]
    door = strict.post("/desk/report", typed)
    html = door.content.decode()
    assert door.status_code == 401
    assert "what you typed comes back" in html
    assert not Case.objects.exists()
    name = get_user_model().objects.get(pk=desk.cast["acceptor"]).get_username()
    handed = {"csrfmiddlewaretoken": token(html), "next": hidden(html, "next"), "typed": hidden(html, "typed")}
    wrong = strict.post("/sign-in", {**handed, "username": name, "password": "not it"}).content.decode()
    handed |= {"csrfmiddlewaretoken": token(wrong), "typed": hidden(wrong, "typed")}
    again = strict.post("/sign-in", {**handed, "username": name, "password": PASSWORD})
    assert again.headers["Location"] == "/desk/report"
    back = strict.get("/desk/report").content.decode()
    assert "井盖翘起 &lt;b&gt;" in back
    assert 'value="13900001111"' in back
    assert "Choose these files again, a browser keeps none: 盖.jpg" in back
    assert hidden(back, "key") != typed["key"]
    assert "井盖翘起" not in strict.get("/desk/report").content.decode(), "it comes back once"


def test_in_a_page_with_script_the_whole_page_goes_to_the_door_and_back_to_the_form(desk: Desk, strict: Client) -> None:
    number = desk.report().number
    form = strict.get(f"/desk/cases/{number}/accept", **PART).content.decode()
    del strict.cookies["sessionid"]
    here = {"HTTP_HX_CURRENT_URL": f"http://testserver/desk/cases/{number}?kind=accept", **PART}
    sent = {"csrfmiddlewaretoken": token(form), "key": hidden(form, "key")}
    answer = strict.post(f"/desk/cases/{number}/accept", sent, **here)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["HX-Redirect"] == f"/sign-in?next=%2Fdesk%2Fcases%2F{number}%2Faccept"
    looked = strict.get("/desk/list", **here)
    assert looked.headers["HX-Redirect"] == f"/sign-in?next=%2Fdesk%2Fcases%2F{number}%3Fkind%3Daccept"
    away = strict.get("/desk/list", **(here | {"HTTP_HX_CURRENT_URL": "https://elsewhere.example/there"}))
    assert away.headers["HX-Redirect"] == "/sign-in?next=%2Fthere"


@pytest.mark.parametrize("forged", ["", "no seal", signing.dumps(["/desk/report", [], []], salt="other")])
def test_what_nobody_sealed_is_given_back_to_nobody(desk: Desk, client: Client, forged: str) -> None:
    name = get_user_model().objects.get(pk=desk.cast["acceptor"]).get_username()
    answer = client.post("/sign-in", {"username": name, "password": PASSWORD, "typed": forged, "next": "/desk/report"})
    assert answer.status_code == 302
    assert pages.KEPT not in client.session


def test_what_was_typed_long_ago_is_left_aside(desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    old = signing.dumps(["/desk/report", [["description", "x"]], []], salt=pages.KEPT, compress=True)
    monkeypatch.setattr(pages, "KEPT_S", timedelta(seconds=-1).total_seconds())
    name = get_user_model().objects.get(pk=desk.cast["acceptor"]).get_username()
    client.post("/sign-in", {"username": name, "password": PASSWORD, "typed": old})
    assert pages.KEPT not in client.session
