"""The page of the routing rules: who reads and drafts, who puts in force, files in and out, and what is refused in words."""

import io
import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases.conftest import MANHOLE, Desk
from cases.views.test_desk import hidden  # a fixture
from cast import CITY, NOW, SINCE
from cityloop.cases.actions.routing import new_draft, put_routing_in_force, write_rule
from cityloop.cases.actions.routing_trying import ask_for_routing_trial, run_routing_trial
from cityloop.cases.models import RoutingTrial, RoutingVersion
from cityloop.cases.queries import routing_checks
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.routing import routing_in_force
from cityloop.cases.rules.routing import Rule
from cityloop.cases.rules.routing_checks import check
from cityloop.kernel.sheets import read_csv, read_sheets
from cityloop.organisation.actions import create_department

PAGE = "/desk/routing"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def draft(*rules: Rule) -> int:
    return new_draft(CITY, actor_id=None, now=NOW, rules=rules)


def in_force() -> int:
    return routing_in_force(loop_city(CITY).city)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("dispatcher", 200),
        ("duty_chief", 200),
        ("sysadmin", 200),
        ("acceptor", 403),
        ("dept_clerk", 403),
        ("citizen", 403),
        ("leader", 403),
    ],
)
def test_who_keeps_the_rules_reads_them(desk: Desk, at: Any, who: str, status: int) -> None:
    assert at(who).get(PAGE).status_code == status


def test_an_empty_city_says_what_decides(desk: Desk, at: Any) -> None:
    assert "the default order decides" in at("dispatcher").get(PAGE).content.decode()


def test_a_dispatcher_drafts_and_a_chief_decides(desk: Desk, at: Any) -> None:
    page: Client = at("dispatcher")
    assert page.post(f"{PAGE}/0/draft", {"note": "manholes"}).status_code == 302
    form = page.get(f"{PAGE}/1/rules/0").content.decode()
    sent = {"edited": hidden(form, "edited"), "classes": [MANHOLE], "department": "HW", "hours": "18:00-06:00"}
    assert page.post(f"{PAGE}/1/rules/0", sent).headers["Location"] == f"{PAGE}/1?city={CITY}&rule=1#rule-1"
    assert page.post(f"{PAGE}/1/put").status_code == 403
    assert in_force() == 0
    chief = at("duty_chief")
    assert chief.post(f"{PAGE}/1/put").status_code == 302
    assert in_force() == 1
    html = chief.get(PAGE).content.decode()
    assert "18:00–06:00" in html
    assert "in force now" in html


def test_a_form_keeps_what_was_typed_and_names_each_field(desk: Desk, at: Any) -> None:
    draft()
    answer = at("dispatcher").post(
        f"{PAGE}/1/rules/0", {"hours": "25:99", "words": "积水", "season": "summer", "priority": "x"}
    )
    html = answer.content.decode()
    assert answer.status_code == 422
    for text in ("25:99", "积水", "summer", "is missing", "18:00-06:00", "#r-season", "#r-priority"):
        assert text in html


def test_two_who_edit_at_once_are_told(desk: Desk, at: Any) -> None:
    draft(Rule(1, "HW"))
    page = at("dispatcher")
    assert page.post(f"{PAGE}/1/rules/1", {"edited": "0", "department": "SZ"}).status_code == 302
    assert page.post(f"{PAGE}/1/rules/1", {"edited": "0", "department": "HW"}).status_code == 412


def test_what_may_not_hold_is_told_on_the_page_and_refused(desk: Desk, at: Any) -> None:
    draft(Rule(1, "HW", kind="part"), Rule(2, "SZ", kind="part"), Rule(3, "GONE"))
    page = at("duty_chief")
    html = page.get(f"{PAGE}/1").content.decode()
    assert "Both hold for" in html
    assert "“GONE” is not there" in html
    answer = page.post(f"{PAGE}/1/put")
    assert answer.status_code == 422
    assert "rule 3" in answer.content.decode()
    assert in_force() == 0


def test_the_draft_says_what_it_changes(desk: Desk, at: Any) -> None:
    put_routing_in_force(CITY, draft(Rule(1, "HW"), Rule(2, "SZ", kind="part")), actor_id=None, now=NOW)
    draft(Rule(1, "SZ"), Rule(2, "SZ", kind="part"), Rule(3, "HW", kind="event"))
    html = at("dispatcher").get(f"{PAGE}/2").content.decode()
    assert "2 rules differ from what holds" in html
    assert "<del>Rule 1: every case → 环卫中心</del><ins>Rule 1: every case → 市政所</ins>" in html


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_goes_out_as_a_file_comes_in_as_it_was(desk: Desk, at: Any, kind: str) -> None:
    rules = [
        Rule(2, "HW", ("SZ",), (MANHOLE,), "part", ("SZ",), sources=("hotline",), hours=(1080, 360), weekdays=(6, 7),
             season=("05-15", "10-15"), words=("积水", "倒灌"), priority=4, note="=1+1"),
        Rule(7, "SZ"),
    ]  # fmt: skip
    draft(*rules)
    page = at("dispatcher")
    data = page.get(f"{PAGE}/1/rules.{kind}").content
    rows = read_csv(data) if kind == "csv" else read_sheets(data)["派遣规则"]
    assert [row["编号"] for row in rows] == ["2", "7"]
    answer = page.post(f"{PAGE}/file", {"file": SimpleUploadedFile(f"rules.{kind}", data)})
    assert answer.status_code == 302, answer.content.decode()
    first, second = RoutingVersion.objects.order_by("version")
    for line in (*first.rules, *second.rules):
        line["note"] = line.get("note", "").strip()
    assert second.rules == first.rules


def test_bad_rows_are_told_cell_by_cell_and_left_out_only_if_wanted(desk: Desk, at: Any) -> None:
    text = "编号,主办部门,类别,时段\n1,环卫中心,,\n2,NOWHERE,,25:00\n3,HW,暴露,\n"
    page = at("dispatcher")
    answer = page.post(f"{PAGE}/file", {"file": SimpleUploadedFile("r.csv", text.encode("gb18030"))})
    html = answer.content.decode()
    assert answer.status_code == 422
    for cell in ("NOWHERE", "25:00", "暴露"):
        assert cell in html
    assert not RoutingVersion.objects.exists()
    answer = page.post(f"{PAGE}/file", {"file": io.BytesIO(text.encode()), "skip": "1"})
    assert answer.status_code == 422, "without the ending it is taken for a workbook"
    page.post(f"{PAGE}/file", {"file": SimpleUploadedFile("r.csv", text.encode()), "skip": "1"})
    assert [line["n"] for line in RoutingVersion.objects.get().rules] == [1]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b'a,"b\n', b"PK\x03\x04rubbish"])
@pytest.mark.parametrize("name", ["r.csv", "r.xlsx"])
def test_rubbish_is_refused_not_broken(desk: Desk, at: Any, data: bytes, name: str) -> None:
    assert at("dispatcher").post(f"{PAGE}/file", {"file": SimpleUploadedFile(name, data)}).status_code == 422
    assert not RoutingVersion.objects.exists()


def test_a_draft_tried_on_the_past_says_what_would_go_elsewhere(desk: Desk, at: Any) -> None:
    first, second = desk.in_disposal(), desk.filed()
    put_routing_in_force(CITY, draft(Rule(1, "SZ")), actor_id=None, now=NOW)
    desk("dispatcher", second, "dispatch", department="SZ")
    version = draft(Rule(1, "HW", kind="part"))
    trial = ask_for_routing_trial(CITY, version, actor_id=None, now=NOW)
    run_routing_trial(trial, clock=lambda: NOW)
    result = RoutingTrial.objects.get(pk=trial).result
    assert result is not None
    assert (result["cases"], result["elsewhere"], result["right_before"], result["right_after"]) == (2, 2, 1, 1)
    assert result["ways"] == [
        {"from": "SZ", "to": "HW", "cases": 2, "better": 1, "worse": 1, "examples": [second, first]}
    ]
    assert result["rules"] == {"1": [2, 1]}
    html = at("dispatcher").get(f"{PAGE}/{version}").content.decode()
    assert "50.0 % (1 of 2)" in html
    assert first[6:] in html


def test_each_trial_has_an_address_of_its_own(desk: Desk, at: Any) -> None:
    desk.in_disposal()
    version, other = draft(Rule(1, "SZ")), draft()
    page = at("dispatcher")
    addresses = []
    for department in ("SZ", "HW"):
        write_rule(CITY, version, Rule(1, department), actor_id=None)
        addresses.append(page.post(f"{PAGE}/{version}/try").headers["Location"])
        run_routing_trial(RoutingTrial.objects.latest("pk").pk, clock=lambda: NOW)
    first, last = (address.partition("?")[0] for address in addresses)
    assert (f"{PAGE}/{version}/trials/", f"?city={CITY}#trial") == (
        first[: first.rindex("/") + 1],
        addresses[0][len(first) :],
    )
    told = {address: page.get(address).content.decode() for address in (first, last, f"{PAGE}/{version}")}
    assert "0.0 % (0 of 1)" in told[first]
    assert "The draft has been changed since" in told[first]
    assert "100.0 % (1 of 1)" in told[last]
    assert "100.0 % (1 of 1)" in told[f"{PAGE}/{version}"], "without a trial's number the last one"
    assert all(f'href="{first}?city=' in html for html in told.values()), "the earlier one is found from the page"
    assert page.get(last.replace(f"/{version}/", f"/{other}/")).status_code == 404
    assert at("stranger").get(last).status_code == 404


def test_a_version_says_from_when_and_until_when_it_held(desk: Desk, at: Any) -> None:
    for day, code in ((2, "HW"), (1, "SZ")):
        put_routing_in_force(CITY, draft(Rule(1, code)), actor_id=None, now=NOW - timedelta(days=day))
    page = at("duty_chief")
    begun, ended = (f"{(NOW - timedelta(days=day)).astimezone(SHANGHAI):%Y-%m-%d %H:%M}" for day in (2, 1))
    assert f"over · held from {begun} to {ended}" in " ".join(page.get(f"{PAGE}/1").content.decode().split())
    html = page.get(f"{PAGE}/2").content.decode()
    assert f"from {ended}" in html
    assert f"from {begun}" in html, "in the list too"


def test_what_is_wrong_with_a_version_is_worked_out_once_for_each_state_of_it(
    desk: Desk, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[int] = []

    def counted(*args: Any) -> Any:
        checked.append(len(args[0]))
        return check(*args)

    monkeypatch.setattr(routing_checks, "check", counted)
    version, page = draft(Rule(1, "GONE")), at("dispatcher")
    for _twice in range(2):
        assert "“GONE” is not there" in page.get(f"{PAGE}/{version}").content.decode()
    assert len(checked) == 1
    write_rule(CITY, version, Rule(1, "HW"), actor_id=None)
    assert "No conflicts" in page.get(f"{PAGE}/{version}").content.decode()
    create_department(CITY, "LY", "园林所", "municipal", valid_from=SINCE)
    page.get(f"{PAGE}/{version}")
    assert len(checked) == 3, "anew where the draft or the city has changed"


def test_another_citys_rules_are_not_there(desk: Desk, at: Any) -> None:
    draft(Rule(1, "HW"))
    assert at("stranger").get(f"{PAGE}/1").status_code == 404
    assert at("stranger").get(f"{PAGE}?city={CITY}").status_code == 403
    assert at("dispatcher").get(f"{PAGE}/9").status_code == 404
    assert at("dispatcher").get(f"{PAGE}/1/rules/99").status_code == 404
    assert at("dispatcher").post(f"{PAGE}/1/dance").status_code == 404


def test_the_page_costs_few_queries(
    desk: Desk,
    at: Any,
    django_assert_max_num_queries: Any,
) -> None:
    grids = (Rule(40, "HW", level="grid", areas=("99010100001",)),)
    put_routing_in_force(
        CITY, draft(Rule(1, "HW", words=("v",))), actor_id=desk.cast.viewer("duty_chief", NOW).user_id, now=NOW
    )
    mine = desk.cast.viewer("dispatcher", NOW).user_id
    rules = [*(Rule(n, "HW", words=(f"w{n}",)) for n in range(1, 40)), *grids]
    new_draft(CITY, actor_id=mine, now=NOW, rules=rules)
    page = at("dispatcher")
    run_routing_trial(ask_for_routing_trial(CITY, 2, actor_id=mine, now=NOW), clock=lambda: NOW)
    page.get(PAGE)  # what a process keeps of a city is read once
    with django_assert_max_num_queries(8):  # four of them are the frame's
        html = page.get(f"{PAGE}/2").content.decode()
    assert "<ins>Rule 1:" in html


def many() -> int:
    """Draft 250 rules, every fifth of them about one class, the others about words."""
    return draft(
        *(
            Rule(n, "HW" if n % 2 else "SZ", classes=(MANHOLE,) if n % 5 == 0 else (), words=(f"词{n:03d}",))
            for n in range(1, 251)
        )
    )


def shown(html: str) -> list[int]:
    return [int(n) for n in re.findall(r'<tr id="rule-(\d+)"', html)]


def test_a_thousand_rules_come_a_page_at_a_time(desk: Desk, at: Any) -> None:
    many()
    page = at("dispatcher")
    found: list[int] = []
    for number, told in ((1, "1 to 100 of 250"), (2, "101 to 200 of 250"), (3, "201 to 250 of 250")):
        html = page.get(f"{PAGE}/1?page={number}").content.decode()
        assert told in html
        found += shown(html)
    assert sorted(found) == list(range(1, 251))
    assert shown(page.get(f"{PAGE}/1?page=99").content.decode()) == found[200:]
    assert shown(page.get(f"{PAGE}/1?page=nonsense").content.decode()) == found[:100]


def test_a_rule_that_is_named_is_on_the_page(desk: Desk, at: Any) -> None:
    many()
    page = at("dispatcher")
    for n in (5, 123, 250):
        assert n in shown(page.get(f"{PAGE}/1?rule={n}").content.decode())


def test_rules_are_found_by_class_words_and_department(desk: Desk, at: Any) -> None:
    many()
    page = at("dispatcher")
    for choice, expected in (
        (f"category={MANHOLE}", {*range(5, 251, 5)}),
        ("category=gb47678_2026/part/01", {*range(5, 251, 5)}),
        ("category=gb47678_2026/event/01001", set()),
        ("text=词12", {*range(120, 130)}),
        ("department=SZ&text=词12", {*range(120, 130, 2)}),
    ):
        assert set(shown(page.get(f"{PAGE}/1?{choice}").content.decode())) == expected, choice
