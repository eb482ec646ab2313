"""Several cases in one go at a desk: what is offered, what is done, and what is refused line by line."""

import re
from typing import Any
from uuid import uuid4

import pytest

from cases.conftest import BROKEN_COVER, Desk
from cases.views.test_acting import duty  # noqa: F401 # a fixture
from cases.views.test_desk import PART, hidden  # a fixture
from cast import CITY, NOW
from cityloop.cases.actions.routing import new_draft, put_routing_in_force
from cityloop.cases.models import Case, CaseEvent, Task
from cityloop.cases.rules.routing import Rule

PAGE = "/desk/batch"


def sent(html: str, numbers: list[str], **more: str) -> dict[str, Any]:
    seqs = {f"seq:{number}": hidden(html, f"seq:{number}") for number in numbers if f"seq:{number}" in html}
    return {"key": hidden(html, "key"), "action": hidden(html, "action"), "number": numbers, **seqs, **more}


def states() -> set[str]:
    return set(Case.objects.values_list("state", flat=True))


def test_filed_cases_are_dispatched_as_suggested_in_one_go(desk: Desk, at: Any) -> None:
    version = new_draft(CITY, actor_id=None, now=NOW, rules=[Rule(1, "HW"), Rule(2, "SZ", words=("路灯",))])
    put_routing_in_force(CITY, version, actor_id=None, now=NOW)
    first, second = desk.filed(description="井盖"), desk.filed(description="路灯下")
    page = at("dispatcher")
    html = page.get(PAGE, {"number": [first, second], "action": "dispatch"}).content.decode()
    assert '<option value="HW" selected>' in html
    assert '<option value="SZ" selected>' in html
    form = sent(html, [first, second], **{f"department:{first}": "HW", f"department:{second}": "SZ"})
    answer = page.post(PAGE, form, **PART)
    assert answer.headers["HX-Trigger"] == "acted"
    assert "2 cases done" in answer.content.decode()
    assert dict(Case.objects.values_list("number", "department")) == {first: "HW", second: "SZ"}
    assert states() == {"dispatched"}
    page.post(PAGE, form)
    assert CaseEvent.objects.filter(action="dispatch").count() == 2, "sent twice it is done once"


def test_what_is_refused_is_told_and_stops_nothing(desk: Desk, at: Any) -> None:
    first, second, third = desk.filed(), desk.filed(), desk.filed()
    page = at("dispatcher")
    html = page.get(PAGE, {"number": [first, second, third], "action": "dispatch"}).content.decode()
    desk("dispatcher", second, "urge")
    form = sent(html, [first, second, third], **{f"department:{number}": "HW" for number in (first, second)})
    told = page.post(PAGE, form).content.decode()
    assert "One case done" in told
    assert "2 refused" in told
    assert "is missing" in told
    assert set(Case.objects.filter(state="dispatched").values_list("number", flat=True)) == {first}
    assert re.search(r"Somebody acted first: [^<]*Urge · dispatcher · Dispatcher", told)
    assert 'href="/desk"' in told
    desk("dispatcher", third, "dispatch", department="SZ")
    sent_late = {**form, "number": [second, third], "key": str(uuid4())}
    with_nothing = at("dept_clerk").post(PAGE, {**sent_late, "action": "sign"}).content.decode()
    assert with_nothing.count("It lies on your desk no more: it has been acted on") == 2


def test_one_comes_back_to_the_list_as_it_was_narrowed(desk: Desk, at: Any) -> None:
    first, second = desk.filed(), desk.filed()
    page = at("dispatcher")
    lists = page.get("/desk", {"kind": ["filed", "returned"]}).content.decode()
    assert hidden(lists, "list") == "kind=filed&amp;kind=returned"
    chosen = {"number": [first, second], "list": "kind=filed&kind=returned"}
    for more in ({}, {"action": "urge"}):
        html = page.get(PAGE, {**chosen, **more}).content.decode()
        assert 'class="btn" href="/desk?kind=filed&amp;kind=returned"' in html
        assert hidden(html, "list") == "kind=filed&amp;kind=returned"
        assert html.count('class="tickable"') == 2, "the list beside is the same"
    html = page.get(PAGE, {**chosen, "from": "desk-wall", "list": "state=filed"}).content.decode()
    assert 'href="/desk/wall?state=filed"' in html
    assert 'class="btn" href="/desk"' in page.get(PAGE, {**chosen, "from": "//elsewhere", "list": ""}).content.decode()


def test_only_what_the_post_may_do_with_them_is_offered(desk: Desk, at: Any) -> None:
    reported, filed = desk.report().number, desk.filed()
    html = at("acceptor").get(PAGE, {"number": [reported, filed]}).content.decode()
    assert 'value="accept"' in html
    assert 'value="dispatch"' not in html
    assert 'value="split"' not in html


def test_what_leads_a_case_on_is_offered_before_marks_and_notes(desk: Desk, at: Any) -> None:
    """Though a mark may be set on all of them, and only one can be dispatched."""
    filed, dispatched = desk.filed(), desk.filed()
    desk("dispatcher", dispatched, "dispatch", department="HW")
    html = at("dispatcher").get(PAGE, {"number": [filed, dispatched]}).content.decode()
    offered = re.findall(r'name="action" value="(\w+)"', html)
    assert {"dispatch", "note"} <= {*offered}
    assert offered.index("dispatch") < offered.index("note")


def test_acceptance_and_the_chief_use_it_too(desk: Desk, at: Any) -> None:
    numbers = [desk.report().number for _time in range(3)]
    page = at("acceptor")
    html = page.get(PAGE, {"number": numbers, "action": "accept"}).content.decode()
    page.post(PAGE, sent(html, numbers))
    assert states() == {"accepted"}
    chief = at("duty_chief")
    html = chief.get(PAGE, {"number": numbers, "action": "file"}).content.decode()
    assert "3 cases done" in chief.post(PAGE, sent(html, numbers)).content.decode()
    assert set(Case.objects.values_list("condition", flat=True)) == {BROKEN_COVER}


@pytest.mark.usefixtures("duty")
def test_acceptance_sends_several_to_be_checked_each_to_whoever_is_on_duty_there(desk: Desk, at: Any) -> None:
    numbers = [desk.in_disposal(), desk.in_disposal()]
    for number in numbers:
        desk("dept_clerk", number, "feedback")
    page = at("acceptor")
    html = page.get(PAGE, {"number": numbers, "action": "send_check"}).content.decode()
    assert "2 cases done" in page.post(PAGE, sent(html, numbers)).content.decode()
    assert states() == {"checking"}
    held = Task.objects.filter(case__number__in=numbers, done_at=None).values_list("person", flat=True)
    assert set(held) == {desk.cast["collector"]}


def test_the_chief_closes_several_by_confirming_once(desk: Desk, at: Any) -> None:
    numbers = [desk.to_close(), desk.to_close()]
    chief = at("duty_chief")
    html = chief.get(PAGE, {"number": numbers, "action": "close"}).content.decode()
    assert "condition_met" in html
    chief.post(PAGE, sent(html, numbers))
    assert states() == {"to_close"}, "without the confirmation nothing is closed"
    html = chief.get(PAGE, {"number": numbers, "action": "close"}).content.decode()
    chief.post(PAGE, sent(html, numbers, condition_met="1"))
    assert states() == {"closed"}


def test_cases_that_one_may_not_see_are_not_there(desk: Desk, at: Any) -> None:
    number = desk.filed()
    page = at("stranger")
    assert number not in page.get(PAGE, {"number": [number]}, **PART).content.decode()
    page.post(PAGE, {"number": [number], "action": "dispatch", "key": str(uuid4()), f"department:{number}": "HW"})
    assert Case.objects.get().state == "filed"
    assert at("dispatcher").get(PAGE, {"number": [number], "action": "merge"}).status_code == 404


def test_nothing_ticked_and_a_lost_key_are_told(desk: Desk, at: Any) -> None:
    number = desk.filed()
    page = at("dispatcher")
    assert "Tick cases in the list first" in page.get(PAGE).content.decode()
    answer = page.post(PAGE, {"number": [number], "action": "dispatch", "key": "none", f"department:{number}": "HW"})
    assert "lost its key" in answer.content.decode()
    assert Case.objects.get().state == "filed"


def test_a_batch_costs_as_many_queries_however_many_cases(
    desk: Desk,
    at: Any,
    django_assert_max_num_queries: Any,
) -> None:
    numbers = [desk.filed() for _time in range(6)]
    page = at("dispatcher")
    page.get(PAGE, {"number": numbers, "action": "dispatch"}, **PART)
    with django_assert_max_num_queries(10):
        page.get(PAGE, {"number": numbers, "action": "dispatch"}, **PART)


def test_a_case_does_not_go_back_by_itself_to_who_has_returned_it(desk: Desk, at: Any) -> None:
    version = new_draft(CITY, actor_id=None, now=NOW, rules=[Rule(1, "HW")])
    put_routing_in_force(CITY, version, actor_id=None, now=NOW)
    number = desk.in_disposal()
    desk("dept_clerk", number, "return", reason="not_ours", opinion="属市政道路")
    page = at("dispatcher")
    html = page.get(PAGE, {"number": [number], "action": "dispatch"}).content.decode()
    assert "环卫中心 has returned this case before." in html
    assert '<option value="HW">' in html
    assert "selected" not in html[html.index(f'name="department:{number}"') :].partition("</select>")[0]
    form = page.get(f"/desk/cases/{number}/dispatch", **PART).content.decode()
    assert "环卫中心 has returned this case before." in form
    chooser = form[form.index('id="f-department"') :].partition("</select>")[0]
    assert "selected" not in chooser


def test_who_applies_is_told_that_it_waits(desk: Desk, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    number = desk.in_disposal()
    monkeypatch.setattr("cityloop.kernel.clock.machine_now", lambda: desk.now)
    page = at("dept_clerk")
    html = page.get(f"/desk/cases/{number}/apply_extension", **PART).content.decode()
    told = page.post(
        f"/desk/cases/{number}/apply_extension",
        {"key": hidden(html, "key"), "seq": str(Case.objects.get(number=number).seq), "opinion": "等配件"},
        **PART,
    ).content.decode()
    assert "Applied for: Apply for an extension. It waits for a decision" in told
