"""The forms of acts: what stands in them before anything is typed, and what becomes of what was typed when a session ends."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import localtime

from cases.conftest import BROKEN_COVER, MANHOLE, OPEN_COVER, POINT, Desk
from cases.views.test_desk import PART, hidden  # a fixture
from cast import CITY, DUTY_GRID, NOW, PASSWORD, SINCE, make_person
from cityloop.cases.actions.routing import new_draft, put_routing_in_force
from cityloop.cases.models import Case, FavouriteClass, ReporterLook
from cityloop.cases.rules.routing import Rule
from cityloop.geography.actions import DutyGridPlan, make_duty_grids
from cityloop.geography.queries import locate
from cityloop.kernel import pages
from cityloop.kernel.clock import machine_now
from cityloop.organisation.actions import appoint, create_department, override_limit
from cityloop.standards.rules import TimeLimit

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


def test_the_limit_told_is_that_of_the_zone_of_the_place(desk: Desk, duty: None, at: Any) -> None:
    here = locate(POINT["lon"], POINT["lat"], NOW.date(), jurisdiction=CITY)
    assert here is not None
    limit = TimeLimit(7, "work_hour", "七工作时")
    override_limit(CITY, BROKEN_COVER, limit, valid_from=SINCE, timing_zone=here.timing_zone)
    html = at("acceptor").get("/desk/report", **PART).content.decode()
    assert "七工作时" not in html, "no place is known yet"
    address = re.search(r'limits="([^"]*)"', html)
    assert address
    ask = {"lon": POINT["lon"], "lat": POINT["lat"]}
    told = at("acceptor").get(unescape(address[1]), ask | dict(parse_qsl(urlsplit(unescape(address[1])).query))).json()
    assert list(told) == [BROKEN_COVER], "what holds in all zones is not said again"
    assert told[BROKEN_COVER]["words"].endswith("· 七工作时")
    assert told[BROKEN_COVER]["told"].startswith("七工作时 · closed when:")
    assert at("acceptor").get("/desk/report/limits", {"lon": "x", "lat": "1"}).status_code == 422
    typed = {"key": hidden(html, "key"), "point.lon": POINT["lon"], "point.lat": POINT["lat"]}
    refused = at("acceptor").post("/desk/report", typed, **PART).content.decode()
    assert "七工作时" in refused, "the form that comes back tells it without a script too"


def test_a_report_asks_in_the_order_in_which_a_caller_tells(desk: Desk, at: Any) -> None:
    html = at("acceptor").get("/desk/report", **PART).content.decode()
    names = ("source", "reporter.phone", "address", "point.lon", "category", "condition", "description", "part_code")
    places = [html.index(f'name="{name}"') for name in names]
    assert places == sorted(places)
    phone, calls, address = (html.index(one) for one in ("reporter.phone", "/desk/report/calls", 'name="address"'))
    assert phone < calls < address, "what the caller reported before stands with the caller"
    assert html.index("point.lat") < html.index("/desk/report/likely") < html.index('name="category"')


def test_a_favourite_class_stands_first_for_whoever_starred_it(desk: Desk, at: Any) -> None:
    star = {"category": HEAP, "on": "1"}
    for _twice in range(2):
        assert at("acceptor").post("/desk/report/favourite", star).status_code == 204
    html = at("acceptor").get("/desk/report", **PART).content.decode()
    assert html.index('label="★') < html.index(f'value="{HEAP}"') < html.index(f'value="{MANHOLE}"')
    assert html.count(f'value="{HEAP}"') == 1
    assert "★" not in at("collector").get("/desk/report", **PART).content.decode()
    at("acceptor").post("/desk/report/favourite", {"category": HEAP, "on": ""})
    assert not FavouriteClass.objects.exists()


def test_a_class_that_no_city_of_theirs_uses_gets_no_star(desk: Desk, at: Any) -> None:
    assert at("acceptor").post("/desk/report/favourite", {"category": "none", "on": "1"}).status_code == 404
    assert not FavouriteClass.objects.exists()


# --- what stands in sight


@pytest.mark.parametrize(("who", "action"), [("acceptor", "accept"), ("duty_chief", "file")])
def test_limit_and_closing_condition_of_the_condition_are_in_sight(
    desk: Desk,
    at: Any,
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
def test_the_collector_on_duty_is_chosen_already_for_a_verification_and_a_check(desk: Desk, at: Any) -> None:
    number = desk.report("acceptor", **CALLER).number
    chosen = f'<option value="{desk.cast["collector"]}" selected>'
    assert chosen in form_of(at("acceptor"), number, "send_verify")
    feedback = desk.in_disposal()
    desk("dept_clerk", feedback, "feedback")
    assert chosen in form_of(at("acceptor"), feedback, "send_check")


def test_ones_own_last_act_says_how_long_it_can_be_taken_back(desk: Desk, at: Any) -> None:
    number = desk.report().number
    page = at("acceptor")
    form = form_of(page, number, "accept")
    page.post(f"/desk/cases/{number}/accept", {"key": hidden(form, "key"), "seq": hidden(form, "seq")})
    html = page.get(f"/desk/cases/{number}").content.decode()
    menu = html[html.index('class="takes-back"') :]
    minutes = int(re.search(r'<due-clock left="(\d+)">', menu)[1])  # type: ignore[index]
    assert 0 < minutes <= 30
    assert "takes-back" not in at("duty_chief").get(f"/desk/cases/{number}").content.decode()


def test_a_reply_says_who_reads_it_and_offers_phrases(desk: Desk, at: Any) -> None:
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
def test_a_callback_shows_whom_to_call_and_what_they_were_answered(desk: Desk, at: Any) -> None:
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
def test_a_look_is_written_down_where_the_caller_is_shown_and_not_where_the_callback_is_done(
    desk: Desk,
    at: Any,
) -> None:
    number = closed(desk)
    page = at("acceptor")
    html = form_of(page, number, "callback")
    sent = {"key": hidden(html, "key"), "seq": hidden(html, "seq")}
    looks = ReporterLook.objects.count()
    refused = page.post(f"/desk/cases/{number}/callback", sent, **PART)
    assert refused.status_code >= 400
    assert "13900001111" in refused.content.decode()
    assert ReporterLook.objects.count() == looks + 1, "the form came back, and showed them again"
    whole = page.post(f"/desk/cases/{number}/callback", sent)
    assert whole.content.decode().count("13900001111") > 1, "in the form, and in the case below it"
    assert ReporterLook.objects.count() == looks + 2, "one look is one row"
    stale = page.post(f"/desk/cases/{number}/callback", {**sent, "seq": "1", "satisfaction": "satisfied"})
    assert stale.status_code == 412
    assert ReporterLook.objects.count() == looks + 3, "also where the case was read anew"
    done = page.post(f"/desk/cases/{number}/callback", {**sent, "satisfaction": "satisfied"})
    assert done.status_code == 302, done.content.decode()
    assert ReporterLook.objects.count() == looks + 3


@pytest.mark.usefixtures("duty")
def test_other_forms_and_other_posts_show_no_phone(desk: Desk, at: Any) -> None:
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
        "writer": hidden(form, "writer"),
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
    other, its_name = Client(), get_user_model().objects.get(pk=desk.cast["duty_chief"]).get_username()
    answer = other.post("/sign-in", {**handed, "username": its_name, "password": PASSWORD})
    assert answer.headers["Location"] == "/desk/report"
    assert pages.KEPT not in other.session, "it is another's"
    again = strict.post("/sign-in", {**handed, "username": name, "password": PASSWORD})
    assert again.headers["Location"] == "/desk/report"
    back = strict.get("/desk/report").content.decode()
    assert "井盖翘起 &lt;b&gt;" in back
    assert 'value="13900001111"' in back
    assert "Choose these files again, a browser keeps none: 盖.jpg" in back
    assert hidden(back, "key") != typed["key"]
    assert "井盖翘起" not in strict.get("/desk/report").content.decode(), "it comes back once"


@pytest.mark.parametrize("writer", ["", "1", signing.dumps(1, salt="other")], ids=["none", "unsigned", "another seal"])
def test_nothing_is_kept_of_a_form_that_does_not_say_who_wrote_it(client: Client, db: None, writer: str) -> None:
    door = client.post("/desk/report", {"description": "井盖翘起", "writer": writer})
    assert door.status_code == 401
    assert 'name="typed"' not in door.content.decode()


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


@pytest.mark.parametrize(
    "forged",
    ["", "no seal", signing.dumps(["/desk/report", [], []], salt="other")],
    ids=["none", "no seal", "another seal"],  # a seal names its second, which two workers need not share
)
def test_what_nobody_sealed_is_given_back_to_nobody(desk: Desk, client: Client, forged: str) -> None:
    name = get_user_model().objects.get(pk=desk.cast["acceptor"]).get_username()
    answer = client.post("/sign-in", {"username": name, "password": PASSWORD, "typed": forged, "next": "/desk/report"})
    assert answer.status_code == 302
    assert pages.KEPT not in client.session


def test_what_was_typed_long_ago_is_left_aside(desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    old = signing.dumps(
        [desk.cast["acceptor"], ["/desk/report", [["description", "x"]], []]], salt=pages.KEPT, compress=True
    )
    monkeypatch.setattr(pages, "KEPT_S", timedelta(seconds=-1).total_seconds())
    name = get_user_model().objects.get(pk=desk.cast["acceptor"]).get_username()
    client.post("/sign-in", {"username": name, "password": PASSWORD, "typed": old})
    assert pages.KEPT not in client.session


# --- what follows of a dispatch


def deadlines(html: str) -> dict[str, str]:
    """Return what a form says of the deadlines that would come, and for which department, by label."""
    lines = re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", html)
    return {label: words for label, words in lines if label == "Counted for" or label.endswith("then due")}


def test_the_deadline_shown_is_that_of_the_department_that_is_chosen(
    desk: Desk, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = machine_now()
    monkeypatch.setattr("cityloop.kernel.clock.machine_now", lambda: standing)
    version = new_draft(CITY, actor_id=None, now=NOW, rules=[Rule(1, "HW")])
    put_routing_in_force(CITY, version, actor_id=None, now=NOW)
    number = desk.in_disposal()
    desk.later(minutes=20)
    desk("dept_clerk", number, "return", reason="not_ours", opinion="属市政道路")
    page = at("dispatcher")
    again, other = (
        deadlines(page.get(f"/desk/cases/{number}/dispatch/follows?department={code}", **PART).content.decode())
        for code in ("HW", "SZ")
    )
    assert (again.pop("Counted for"), other.pop("Counted for")) == ("环卫中心", "市政所")
    assert again.keys() == other.keys() != set()
    assert again != other, "the same department has what is left of its limit, another the whole of it"
    form = page.get(f"/desk/cases/{number}/dispatch", **PART).content.decode()
    assert deadlines(form) == {}, "the suggested one has returned it: nothing is counted until somebody chooses"
    for code, told in (("HW", again), ("SZ", other)):
        sent = {"key": hidden(form, "key"), "seq": "1", "department": code}
        back = page.post(f"/desk/cases/{number}/dispatch", sent, **PART).content.decode()
        assert told.items() <= deadlines(back).items(), "a form that comes back counts for what was chosen"


def test_no_department_no_deadline(desk: Desk, at: Any) -> None:
    number = desk.filed()
    for query in ("", "?department=", "?department=GONE"):
        answer = at("dispatcher").get(f"/desk/cases/{number}/dispatch/follows{query}", **PART)
        assert (answer.status_code, deadlines(answer.content.decode())) == (200, {}), query
    assert at("dispatcher").get(f"/desk/cases/{number}/note/follows?department=HW").content.decode().strip() == ""
    assert at("stranger").get(f"/desk/cases/{number}/dispatch/follows?department=HW").status_code == 404
    may_not = at("acceptor").get(f"/desk/cases/{number}/dispatch/follows?department=HW")
    assert deadlines(may_not.content.decode()) == {}


# --- one's own last act


def test_whoever_takes_back_an_act_is_told_where_the_case_goes_and_when_it_is_due(desk: Desk, at: Any) -> None:
    desk.now = machine_now()
    number = desk.report("acceptor", source="hotline", photos=None).number
    desk("acceptor", number, "accept")
    html = form_of(at("acceptor"), number, "withdraw")
    assert "The case is then" in html
    assert "To accept" in html
    sent = {"key": hidden(html, "key"), "seq": hidden(html, "seq")}
    assert at("acceptor").post(f"/desk/cases/{number}/withdraw", sent).status_code == 302
    assert Case.objects.get(number=number).state == "reported"


def test_a_decision_says_why_it_was_asked_in_words_and_comes_first(desk: Desk, at: Any) -> None:
    desk.now = machine_now()
    number = desk.in_disposal()
    until = (desk.now + timedelta(days=9)).isoformat()
    desk("dept_clerk", number, "apply_suspend", reason="funds", until=until, opinion="列入明年计划")
    assert "<dd>Funds</dd>" in form_of(at("dispatcher"), number, "approve_suspend")
    page = at("dispatcher").get(f"/desk/cases/{number}").content.decode()
    first = re.search(r'class="btn btn-primary" href="([^"]*)"', page)
    assert first
    assert first[1].endswith("/approve_suspend")


def options_of(form: str, name: str) -> list[str]:
    """Return the words of what a field lets one choose from; none where it has no choice."""
    chosen = re.search(f'<select id="f-{name}".*?</select>', form, re.DOTALL)
    return re.findall(r'<option value="[^"]+"[^>]*>([^<]*)<', chosen[0]) if chosen else []


def test_a_case_is_handed_on_to_other_units_and_to_people_of_its_own_never_to_oneself(desk: Desk, at: Any) -> None:
    number = desk.in_disposal()
    form = form_of(at("dept_clerk"), number, "redispatch")
    assert "环卫中心 has no unit below it." in form
    assert options_of(form, "department") == []
    assert options_of(form, "handler") == ["handler · 环卫中心"], "nobody of another department"
    one, _two = (
        create_department(
            CITY, code, name, "sanitation", parent_id=desk.cast.departments["sanitation"], valid_from=SINCE
        )
        for code, name in (("HW-1", "环卫一所"), ("HW-2", "环卫二所"))
    )
    make_person("crew", "handler", department_id=one)
    form = form_of(at("dept_clerk"), number, "redispatch")
    assert options_of(form, "department") == ["环卫一所", "环卫二所"]
    assert options_of(form, "handler") == ["handler · 环卫中心", "crew · 环卫一所"]
    desk("dept_clerk", number, "redispatch", department="HW-1")
    form = form_of(at("dept_clerk"), number, "redispatch")
    assert options_of(form, "department") == ["环卫中心 · 环卫二所"], (
        "what has it is left out, what stands beside it is there"
    )
    assert "selected" not in form


def test_who_holds_every_post_of_a_unit_reads_why_there_is_nobody_to_give_the_work_to(desk: Desk, at: Any) -> None:
    gardens = create_department(CITY, "LY", "园林所", "municipal", valid_from=SINCE)
    alone = desk.cast.people["alone"] = make_person("alone", "dept_clerk", department_id=gardens)
    appoint(alone, "handler", CITY, department_id=gardens, valid_from=SINCE)
    number = desk.filed()
    desk("dispatcher", number, "dispatch", department="LY")
    desk("alone", number, "sign")
    assert "Nobody but you is “Handler”" in form_of(at("alone"), number, "redispatch")


def test_kinds_of_photos_that_are_wanting_are_named_in_words(desk: Desk, at: Any) -> None:
    number = desk.filed()
    form = form_of(at("dispatcher"), number, "attach")
    assert re.search(r'<legend>[^<]* <span class="must">', form)
    sent = {"key": hidden(form, "key"), "seq": hidden(form, "seq")}
    refused = at("dispatcher").post(f"/desk/cases/{number}/attach", sent, **PART).content.decode()
    assert "Close view" in refused
    assert "close, wide" not in refused


def test_what_brings_a_case_on_comes_before_what_sends_it_back(desk: Desk, at: Any) -> None:
    desk.now = machine_now()
    first = []
    for who, number in (("dept_clerk", desk.in_disposal()), ("duty_chief", desk.to_close())):
        page = at(who).get(f"/desk/cases/{number}").content.decode()
        first += re.findall(r'class="btn btn-primary" href="[^"]*/(\w+)"', page)
    assert first == ["feedback", "close"]


def test_a_collector_chooses_between_the_ways_to_report(desk: Desk, at: Any) -> None:
    form = at("collector").get("/desk/report").content.decode()
    assert re.findall(r'class="chip[^"]*" href="([^"]*)"', form) == [
        "/desk/report?action=report", "/desk/report?action=self_report",
    ]  # fmt: skip
    assert "self_report" not in at("acceptor").get("/desk/report").content.decode()


def test_who_applies_reads_who_decides_and_what_it_would_bring(desk: Desk, at: Any) -> None:
    number = desk.in_disposal()
    html = at("dept_clerk").get(f"/desk/cases/{number}/apply_extension", **PART).content.decode()
    lines = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", html))
    assert lines["Who has to decide"] == "Dispatcher"
    [granted] = [words for label, words in lines.items() if label.endswith("due if it is granted")]
    assert "until now" in granted
    desk("dept_clerk", number, "apply_extension", opinion="等配件")
    desk("dispatcher", number, "approve_extension")
    due = localtime(Case.objects.get(number=number).due_at)
    assert f"{due:%H:%M}" in granted.partition(", until now")[0], "and that is what it brought"


def test_a_level_is_chosen_among_its_numbers(desk: Desk, at: Any) -> None:
    html = at("leader").get(f"/desk/cases/{desk.filed()}/supervise", **PART).content.decode()
    [choice] = re.findall(r'<select id="f-level".*?</select>', html, re.DOTALL)
    assert re.findall(r'value="(\d*)"', choice) == ["", "1", "2", "3"]
    assert "The highest number weighs most." in html
