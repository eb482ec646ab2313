"""The page of the routing rules: who reads and drafts, who puts in force, files in and out, and what is refused in words."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases.conftest import MANHOLE, Desk
from cases.views.test_desk import at, hidden  # noqa: F401 # a fixture
from cast import CITY, NOW
from cityloop.cases.actions.routing import new_draft, put_routing_in_force
from cityloop.cases.actions.routing_trying import ask_for_routing_trial, run_routing_trial
from cityloop.cases.models import RoutingTrial, RoutingVersion
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.routing import routing_in_force
from cityloop.cases.rules.routing import Rule
from cityloop.kernel.sheets import read_csv, read_sheets

PAGE = "/desk/routing"


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
def test_who_keeps_the_rules_reads_them(desk: Desk, at: Any, who: str, status: int) -> None:  # noqa: F811
    assert at(who).get(PAGE).status_code == status


def test_an_empty_city_says_what_decides(desk: Desk, at: Any) -> None:  # noqa: F811
    assert "the default order decides" in at("dispatcher").get(PAGE).content.decode()


def test_a_dispatcher_drafts_and_a_chief_decides(desk: Desk, at: Any) -> None:  # noqa: F811
    page: Client = at("dispatcher")
    assert page.post(f"{PAGE}/0/draft", {"note": "manholes"}).status_code == 302
    form = page.get(f"{PAGE}/1/rules/0").content.decode()
    sent = {"edited": hidden(form, "edited"), "classes": [MANHOLE], "department": "HW", "hours": "18:00-06:00"}
    assert page.post(f"{PAGE}/1/rules/0", sent).headers["Location"] == f"{PAGE}/1?city={CITY}#rule-1"
    assert page.post(f"{PAGE}/1/put").status_code == 403
    assert in_force() == 0
    chief = at("duty_chief")
    assert chief.post(f"{PAGE}/1/put").status_code == 302
    assert in_force() == 1
    html = chief.get(PAGE).content.decode()
    assert "18:00–06:00" in html
    assert "in force now" in html


def test_a_form_keeps_what_was_typed_and_names_each_field(desk: Desk, at: Any) -> None:  # noqa: F811
    draft()
    answer = at("dispatcher").post(
        f"{PAGE}/1/rules/0", {"hours": "25:99", "words": "积水", "season": "summer", "priority": "x"}
    )
    html = answer.content.decode()
    assert answer.status_code == 422
    for text in ("25:99", "积水", "summer", "is missing", "18:00-06:00", "#r-season", "#r-priority"):
        assert text in html


def test_two_who_edit_at_once_are_told(desk: Desk, at: Any) -> None:  # noqa: F811
    draft(Rule(1, "HW"))
    page = at("dispatcher")
    assert page.post(f"{PAGE}/1/rules/1", {"edited": "0", "department": "SZ"}).status_code == 302
    assert page.post(f"{PAGE}/1/rules/1", {"edited": "0", "department": "HW"}).status_code == 412


def test_what_may_not_hold_is_told_on_the_page_and_refused(desk: Desk, at: Any) -> None:  # noqa: F811
    draft(Rule(1, "HW", kind="part"), Rule(2, "SZ", kind="part"), Rule(3, "GONE"))
    page = at("duty_chief")
    html = page.get(f"{PAGE}/1").content.decode()
    assert "Both hold for" in html
    assert "“GONE” is not there" in html
    answer = page.post(f"{PAGE}/1/put")
    assert answer.status_code == 422
    assert "rule 3" in answer.content.decode()
    assert in_force() == 0


def test_the_draft_says_what_it_changes(desk: Desk, at: Any) -> None:  # noqa: F811
    put_routing_in_force(CITY, draft(Rule(1, "HW"), Rule(2, "SZ", kind="part")), actor_id=None, now=NOW)
    draft(Rule(1, "SZ"), Rule(2, "SZ", kind="part"), Rule(3, "HW", kind="event"))
    html = at("dispatcher").get(f"{PAGE}/2").content.decode()
    assert "2 rules differ from what holds" in html
    assert "<del>Rule 1: every case → 环卫中心</del><ins>Rule 1: every case → 市政所</ins>" in html


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_goes_out_as_a_file_comes_in_as_it_was(desk: Desk, at: Any, kind: str) -> None:  # noqa: F811
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


def test_bad_rows_are_told_cell_by_cell_and_left_out_only_if_wanted(desk: Desk, at: Any) -> None:  # noqa: F811
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
def test_rubbish_is_refused_not_broken(desk: Desk, at: Any, data: bytes, name: str) -> None:  # noqa: F811
    assert at("dispatcher").post(f"{PAGE}/file", {"file": SimpleUploadedFile(name, data)}).status_code == 422
    assert not RoutingVersion.objects.exists()


def test_a_draft_tried_on_the_past_says_what_would_go_elsewhere(desk: Desk, at: Any) -> None:  # noqa: F811
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
    assert "50.0 %" in html
    assert first[6:] in html


def test_another_citys_rules_are_not_there(desk: Desk, at: Any) -> None:  # noqa: F811
    draft(Rule(1, "HW"))
    assert at("stranger").get(f"{PAGE}/1").status_code == 404
    assert at("stranger").get(f"{PAGE}?city={CITY}").status_code == 403
    assert at("dispatcher").get(f"{PAGE}/9").status_code == 404
    assert at("dispatcher").get(f"{PAGE}/1/rules/99").status_code == 404
    assert at("dispatcher").post(f"{PAGE}/1/dance").status_code == 404


def test_the_page_costs_few_queries(
    desk: Desk,
    at: Any,  # noqa: F811
    django_assert_max_num_queries: Any,
) -> None:
    draft(*(Rule(n, "HW", words=(f"w{n}",)) for n in range(1, 40)))
    page = at("dispatcher")
    page.get(PAGE)
    with django_assert_max_num_queries(9):  # four of them are the frame's
        page.get(f"{PAGE}/1")
