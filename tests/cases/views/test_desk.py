"""The desk through the door of the pages: who finds what on it, and what a form does with what was typed."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from cases.conftest import BROKEN_COVER, MANHOLE, Desk
from cast import CITY, NOW, OTHER_CITY
from cityloop.assets.models import Part, Proposal
from cityloop.cases.models import Case, CaseEvent, Task
from cityloop.notices.actions import Party, tell

PART = {"HTTP_HX_REQUEST": "true"}
COVER = "9901010101000001"


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"the form has no {name}"
    return found[1]


def test_a_desk_shows_what_its_holder_has_to_do_and_nothing_else(desk: Desk, at: Any) -> None:
    number = desk.report().number
    assert number[6:] in at("acceptor").get("/desk").content.decode()
    for who in ("duty_chief", "dispatcher", "dept_clerk", "stranger"):
        assert number[6:] not in at(who).get("/desk").content.decode()


def test_whoever_may_not_see_a_case_finds_nothing_at_its_address(desk: Desk, at: Any) -> None:
    number = desk.report().number
    for path in (
        f"/desk/cases/{number}",
        f"/desk/cases/{number}/accept",
        "/desk/cases/1",
        f"/desk/cases/{number}/nothing",
    ):
        assert at("stranger").get(path).status_code == 404
    assert at("stranger").post(f"/desk/cases/{number}/accept", {"key": str(uuid4())}).status_code == 404
    assert Case.objects.get(number=number).state == "reported"
    assert OTHER_CITY not in at("stranger").get("/desk").content.decode()


def test_a_form_does_what_its_button_says_once(desk: Desk, at: Any) -> None:
    number = desk.report().number
    form = at("acceptor").get(f"/desk/cases/{number}/accept").content.decode()
    sent = {"key": hidden(form, "key"), "seq": hidden(form, "seq"), "category": MANHOLE, "condition": BROKEN_COVER}
    answer = at("acceptor").post(f"/desk/cases/{number}/accept", sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/desk/cases/{number}")
    again = at("acceptor").post(f"/desk/cases/{number}/accept", sent)
    assert again.status_code == 302
    assert CaseEvent.objects.filter(case__number=number, action="accept").count() == 1
    assert Case.objects.get(number=number).state == "accepted"


def test_in_a_page_that_is_there_the_case_comes_back_with_what_was_done(desk: Desk, at: Any) -> None:
    number = desk.report().number
    form = at("acceptor").get(f"/desk/cases/{number}/accept", **PART).content.decode()
    assert "<html" not in form
    sent = {"key": hidden(form, "key"), "seq": hidden(form, "seq")}
    answer = at("acceptor").post(f"/desk/cases/{number}/accept", sent, **PART)
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (200, "acted")
    assert "Done: Accept. The case is now: To file." in answer.content.decode()


def test_what_was_typed_stays_where_it_was_not_taken(desk: Desk, at: Any) -> None:
    number = desk.report().number
    form = at("acceptor").get(f"/desk/cases/{number}/reject").content.decode()
    sent = {"key": hidden(form, "key"), "opinion": "seen twice this morning"}
    answer = at("acceptor").post(f"/desk/cases/{number}/reject", sent)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "seen twice this morning" in html
    assert 'aria-describedby="w-reason"' in html
    assert hidden(html, "key") == sent["key"]
    assert Case.objects.get(number=number).state == "reported"


def test_a_place_that_is_none_stays_as_it_was_typed(desk: Desk, at: Any) -> None:
    form = at("acceptor").get("/desk/report").content.decode()
    sent = {
        "key": hidden(form, "key"),
        "source": "hotline",
        "category": MANHOLE,
        "point.lon": "at the market",
        "point.lat": "30",
    }
    answer = at("acceptor").post("/desk/report", sent)
    assert answer.status_code == 422
    assert "at the market" in answer.content.decode()
    assert "in degrees" in answer.content.decode()
    assert not Case.objects.exists()


def test_who_was_slower_is_shown_the_case_as_it_stands(desk: Desk, at: Any) -> None:
    number = desk.report().number
    form = at("acceptor").get(f"/desk/cases/{number}/accept", **PART).content.decode()
    sent = {"key": hidden(form, "key"), "seq": hidden(form, "seq"), "opinion": "as I saw it"}
    desk("acceptor", number, "accept")
    answer = at("acceptor").post(f"/desk/cases/{number}/accept", sent, **PART)
    html = answer.content.decode()
    assert answer.status_code in {409, 412}
    assert 'role="alert"' in html
    assert "as I saw it" in html
    assert 'data-seq="2"' in html, "the case comes with it, as it stands now"
    assert "To file" in html
    assert "Somebody acted first." in html
    assert "Accept → To file · acceptor" in html, "who did what"


def test_a_refused_form_comes_back_to_its_own_place_in_the_case(desk: Desk, at: Any) -> None:
    number = desk.report().number
    form = at("acceptor").get(f"/desk/cases/{number}/reject", **PART).content.decode()
    answer = at("acceptor").post(f"/desk/cases/{number}/reject", {"key": hidden(form, "key")}, **PART)
    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#act")
    assert "case-sheet" not in answer.content.decode()


def test_a_list_that_comes_anew_stays_on_its_page(desk: Desk, at: Any) -> None:
    for _time in range(31):
        desk.report()
    first = at("acceptor").get("/desk").content.decode()
    following = re.search(r'class="more" href="/desk\?([^"]+)"', first)
    assert following
    assert f'hx-get="/desk/list?{following[1]}"' in at("acceptor").get(f"/desk?{following[1]}").content.decode()


@pytest.mark.parametrize("key", ["", "no key", "0" * 500])
def test_a_form_without_its_key_does_nothing(desk: Desk, at: Any, key: str) -> None:
    number = desk.report().number
    answer = at("acceptor").post(f"/desk/cases/{number}/accept", {"key": key})
    assert answer.status_code == 422
    assert UUID(hidden(answer.content.decode(), "key")), "the form comes back with a key that is one"
    assert Case.objects.get(number=number).state == "reported"


def test_the_mark_of_a_desk_changes_with_its_work(desk: Desk, at: Any) -> None:
    before = at("acceptor").get("/desk/mark")
    assert at("acceptor").get("/desk/mark", headers={"If-None-Match": before["ETag"]}).status_code == 304
    desk.report()
    after = at("acceptor").get("/desk/mark", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]


def test_lists_are_narrowed_by_light_kind_and_number(desk: Desk, at: Any) -> None:
    number = desk.report().number
    page = at("acceptor")
    for query, is_there in (
        ("number=" + number[:8], True),
        ("number=123", False),
        ("kind=reported", True),
        ("kind=no_such_kind", False),
        ("light=none", False),
        ("light=no_such_light", True),
        ("cursor=rubbish", True),
        ("number=x'--", True),
    ):
        answer = page.get(f"/desk?{query}")
        assert answer.status_code == 200, query
        assert (number[6:] in answer.content.decode()) is is_there, query


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/list", "/desk/mark", "/desk/report", "/desk/cases/1", "/desk/cases/1/accept"]
)
def test_nobody_comes_to_a_desk_without_signing_in(client: Client, path: str, db: None) -> None:
    assert client.get(path).headers["Location"].startswith("/sign-in")


def test_a_city_in_which_one_has_no_post_is_refused_not_broken(desk: Desk, at: Any) -> None:
    assert at("acceptor").get("/desk/report", {"jurisdiction": OTHER_CITY}).status_code == 403
    assert at("acceptor").get("/desk/report", {"action": "nothing"}).status_code == 404


def test_what_a_reporter_said_is_data_never_markup(desk: Desk, at: Any) -> None:
    number = desk.report(description="<script>alert(1)</script>", address="<b>corner</b>").number
    html = at("acceptor").get(f"/desk/cases/{number}").content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "<b>corner" not in html


@pytest.mark.parametrize("cases", [1, 4])
@pytest.mark.parametrize("path", ["/desk", "/desk/list"])
def test_a_desk_costs_as_many_queries_however_much_lies_on_it(
    desk: Desk, at: Any, cases: int, path: str, django_assert_max_num_queries: Any
) -> None:
    for _time in range(cases):
        desk.report()
    page = at("acceptor")
    page.get(path)
    with django_assert_max_num_queries(8) as asked:
        page.get(path)
    assert len([one for one in asked.captured_queries if "cases_task" in one["sql"]]) <= 4


def test_a_notice_says_of_which_case_and_leads_to_it(desk: Desk, at: Any) -> None:
    number = desk.report().number
    tell(desk.cast.jurisdiction, "note", number, [Party("acceptor", None, None)], at=NOW)
    page = at("acceptor").get("/desk/notices").content.decode()
    assert f'href="/desk/cases/{number}"' in page
    assert f"· {number}" in page
    assert "1 unread" in page


def test_a_case_costs_as_many_queries_however_much_happened_to_it(
    desk: Desk, at: Any, django_assert_max_num_queries: Any
) -> None:
    """Seven for the case alone, with photos and an extension; a whole page has the list and the notices beside it."""
    number = desk.in_disposal()
    desk("dept_clerk", number, "apply_extension", opinion="rain")
    desk("dispatcher", number, "approve_extension")
    for _time in range(5):
        desk("dispatcher", number, "urge")
    page = at("dept_clerk")
    page.get(f"/desk/cases/{number}", **PART)
    with django_assert_max_num_queries(7):
        page.get(f"/desk/cases/{number}", **PART)
    page.get(f"/desk/cases/{number}")
    with django_assert_max_num_queries(11):
        page.get(f"/desk/cases/{number}")


def test_a_case_shows_its_part_and_the_way_to_mend_the_registry(
    desk: Desk, at: Any, django_assert_max_num_queries: Any
) -> None:
    part = {"jurisdiction": CITY, "code": COVER, "scheme": "gb47678_2026", "geometry": "SRID=4490;POINT(120 30)"}
    row = Part.objects.create(**part, state="damaged", owner_name="City water", keeper="gone", valid_from=NOW.date())
    number = desk.report(part_code=COVER).number
    page = at("acceptor")
    html = page.get(f"/desk/cases/{number}").content.decode()
    assert f'href="/desk/parts/{COVER}"' in html
    assert "◐ Damaged" in html
    assert "City water" in html
    assert f'href="/desk/parts/{COVER}/propose?case={number}"' in html
    proposed = page.post(f"/desk/parts/{COVER}/propose?case={number}", {"state": "lost", "do": "change"})
    assert proposed.status_code == 302, proposed.content.decode()
    assert Proposal.objects.get().case_number == number
    with django_assert_max_num_queries(8):
        html = page.get(f"/desk/cases/{number}", **PART).content.decode()
    assert "One proposal waits" in html
    assert f'href="/desk/cases/{number}"' in page.get("/desk/parts/proposals").content.decode()
    row.valid_to = NOW.date() + timedelta(days=1)
    row.save()
    html = page.get(f"/desk/cases/{number}").content.decode()
    assert "stands there no more" in html
    assert "/propose?case=" not in html


def test_a_case_whose_part_nobody_knows_names_its_code_alone(desk: Desk, at: Any) -> None:
    number = desk.report(part_code=COVER).number
    html = at("acceptor").get(f"/desk/cases/{number}").content.decode()
    assert f"<dd>{COVER}</dd>" in html
    assert f"/desk/parts/{COVER}" not in html


def test_somebody_who_is_named_in_an_act_is_called_by_name(desk: Desk, at: Any) -> None:
    number = desk.in_disposal()
    desk("dept_clerk", number, "redispatch", handler=desk.cast["handler"])
    page = at("dispatcher").get(f"/desk/cases/{number}").content.decode()
    assert "Handler: handler" in page
    assert f"#{desk.cast['handler']}" not in page


def test_the_mark_changes_when_a_light_turns(desk: Desk, at: Any) -> None:
    task = Task.objects.filter(case__number=desk.report().number)
    page = at("acceptor")
    marks = []
    far = NOW + timedelta(days=9999)
    for warned in (far, NOW - timedelta(days=1)):
        task.update(warn_at=warned, due_at=far, double_at=far)
        marks.append(page.get("/desk/mark").headers["ETag"])
    assert marks[0] != marks[1]


def test_what_moves_a_case_on_is_the_first_thing_to_do(desk: Desk, at: Any) -> None:
    number = desk.report().number
    page = at("acceptor").get(f"/desk/cases/{number}").content.decode()
    buttons = re.findall(rf'href="/desk/cases/{number}/(\w+)"', page)
    assert buttons.index("accept") < buttons.index("note")
