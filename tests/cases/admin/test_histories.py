"""The console over cases: who sees which rows, and that no path changes one."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.admin.conftest import Cities, Console, url
from cases.conftest import Desk
from cast import CITY, NOW, OTHER_CITY, SINCE
from cityloop.cases import models
from cityloop.organisation import actions as organisation

SHANGHAI = ZoneInfo("Asia/Shanghai")
HISTORIES = [models.Case, models.CaseEvent, models.Task, models.CaseText, models.CaseCounter, models.ReporterLook]
TABLES = [*HISTORIES, models.LoopTable, models.RestrictedZone]


def city_of(row: Any) -> str:
    return str(row.case.jurisdiction if isinstance(row, models.CaseText) else row.jurisdiction)


def rows_of(model: Any, city: str) -> list[Any]:
    return [row for row in model.objects.order_by("pk") if city_of(row) == city]


# --- who sees what


@pytest.mark.parametrize(
    ("who", "own", "other"),
    [("sysadmin", CITY, OTHER_CITY), ("data_admin", CITY, OTHER_CITY), ("their_admin", OTHER_CITY, CITY)],
)
def test_another_city_is_not_there_on_any_page(
    cities: Cities, console: Console, who: str, own: str, other: str
) -> None:
    desk = console(who)
    for model in TABLES:
        assert {city_of(row) for row in desk.get(url(model, "changelist")).context["cl"].result_list} == {own}
        for row in rows_of(model, other)[:3]:
            for page in ("change", "history"):
                assert desk.get(url(model, page, row.pk)).status_code == 404
            assert desk.get(url(model, "delete", row.pk)).status_code in {403, 404}
        own_row = rows_of(model, own)[0]
        for page in ("change", "history"):
            assert desk.get(url(model, page, own_row.pk)).status_code == 200
    for model in HISTORIES:
        assert desk.get(url(model, "changelist"), {"city": other}).context["cl"].result_list == []


@pytest.mark.parametrize("who", ["sysadmin", "boss"])
def test_a_number_is_found_where_one_may_see_it(cities: Cities, console: Console, who: str) -> None:
    desk = console(who)
    for model in (models.Case, models.CaseEvent, models.CaseText):
        ours = desk.get(url(model, "changelist"), {"q": cities.ours}).context["cl"].result_list
        theirs = desk.get(url(model, "changelist"), {"q": cities.theirs}).context["cl"].result_list
        assert {city_of(row) for row in ours} == {CITY}
        assert {city_of(row) for row in theirs} == ({OTHER_CITY} if who == "boss" else set())


def test_a_table_without_numbers_finds_what_it_would_show_anyway(cities: Cities, console: Console) -> None:
    assert console("sysadmin").get(url(models.CaseCounter, "changelist"), {"q": "井盖"}).status_code == 200


def test_only_the_whole_number_or_its_beginning_is_searched(cities: Cities, console: Console) -> None:
    desk = console("sysadmin")
    for found, typed in (
        (True, cities.ours[:14]),
        (True, f" {cities.ours} "),
        (False, cities.ours[3:]),
        (False, "井盖"),
    ):
        assert bool(desk.get(url(models.Case, "changelist"), {"q": typed}).context["cl"].result_list) is found


@pytest.mark.parametrize(("who", "sees"), [("sysadmin", False), ("their_admin", True), ("boss", True)])
def test_what_is_offered_while_typing_is_what_one_may_see(
    cities: Cities, console: Console, who: str, sees: bool
) -> None:
    desk = console(who)
    asked = {"app_label": "cases", "model_name": "caseevent", "field_name": "case"}
    answer = desk.get("/console/autocomplete/", asked | {"term": cities.theirs}).json()
    assert [row["text"] for row in answer["results"]] == ([cities.theirs] if sees else [])
    assert answer["pagination"] == {"more": False}
    assert desk.get("/console/autocomplete/", asked | {"term": ""}).json()["results"] == []


def test_a_dispatcher_elsewhere_sees_no_cases_of_there_in_the_console(cities: Cities, console: Console) -> None:
    organisation.appoint(cities.people["sysadmin"], "dispatcher", OTHER_CITY, valid_from=SINCE)
    desk = console("sysadmin")
    assert desk.get(url(models.Case, "changelist"), {"q": cities.theirs}).context["cl"].result_list == []
    case = models.Case.objects.get(number=cities.theirs)
    assert desk.get(url(models.Case, "change", case.pk)).status_code == 404


@pytest.mark.parametrize("who", ["dispatcher", "leader", "stranger"])
def test_others_do_not_enter(cities: Cities, console: Console, who: str) -> None:
    case = models.Case.objects.get(number=cities.ours)
    for page in (url(models.Case, "changelist"), url(models.Case, "change", case.pk)):
        assert console(who).get(page).status_code == 302


def test_the_installation_sees_every_city_one_at_a_time(cities: Cities, console: Console) -> None:
    desk = console("boss")
    for code in (CITY, OTHER_CITY):
        page = desk.get(url(models.Case, "changelist"), {"city": code})
        assert {row.jurisdiction for row in page.context["cl"].result_list} == {code}
    first = desk.get(url(models.Case, "changelist")).context["cl"].result_list
    assert {row.jurisdiction for row in first} == {CITY}


# --- read-only by every path


@pytest.mark.parametrize("who", ["sysadmin", "boss"])
def test_no_path_changes_a_history(cities: Cities, console: Console, who: str) -> None:
    desk = console(who)
    for model in HISTORIES:
        row = rows_of(model, CITY)[0]
        before = list(model.objects.order_by("pk").values())
        assert desk.get(url(model, "add")).status_code == 403
        assert desk.post(url(model, "add"), {"jurisdiction": CITY}).status_code == 403
        assert (
            desk.post(url(model, "change", row.pk), {"jurisdiction": OTHER_CITY, "state": "closed"}).status_code == 403
        )
        assert desk.get(url(model, "delete", row.pk)).status_code == 403
        assert desk.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        for action in ("delete_selected", "anything"):
            desk.post(url(model, "changelist"), {"action": action, "_selected_action": [row.pk], "post": "yes"})
        listed = {
            "form-TOTAL_FORMS": 1,
            "form-INITIAL_FORMS": 1,
            "form-0-id": row.pk,
            "form-0-state": "closed",
            "_save": 1,
        }
        desk.post(url(model, "changelist"), listed)
        assert list(model.objects.order_by("pk").values()) == before
        page = desk.get(url(model, "change", row.pk)).content.decode()
        assert 'name="_save"' not in page
        assert "/delete/" not in page
        assert "/add/" not in desk.get(url(model, "changelist")).content.decode()


# --- what is shown


def test_personal_texts_are_masked_and_no_filter_tells_them(cities: Cities, console: Console) -> None:
    desk = console("sysadmin")
    case = models.Case.objects.get(number=cities.ours)
    texts = models.CaseText.objects.filter(case=case)
    pages = [
        url(models.Case, "changelist"), url(models.Case, "change", case.pk), url(models.CaseEvent, "changelist"),
        url(models.CaseText, "changelist"),
        *(url(models.CaseText, "change", text.pk) for text in texts),
        *(url(models.CaseEvent, "change", event.pk) for event in case.events.all()),
    ]  # fmt: skip
    shown = "".join(desk.get(page).content.decode() for page in pages)
    assert "张三丰" not in shown
    assert "13812345678" not in shown
    assert "张**" in shown
    assert "138****5678" in shown
    assert "井盖破损" in shown
    assert all(bytes(text.salt).hex() not in shown for text in texts)
    for probe in ({"text__startswith": "138"}, {"case__texts__text__contains": "张"}, {"salt": "x"}, {"personal": "1"}):
        assert desk.get(url(models.CaseText, "changelist"), probe).status_code == 400
    assert desk.get(url(models.Case, "changelist"), {"texts__text__startswith": "138"}).status_code == 400


def test_an_erased_text_is_shown_as_erased(cities: Cities, console: Console) -> None:
    desk = console("sysadmin")
    text = models.CaseText.objects.filter(case__number=cities.ours, field="reporter_name").get()
    models.CaseText.objects.filter(pk=text.pk).update(text=None, salt=None, erased_at=NOW)
    page = desk.get(url(models.CaseText, "change", text.pk)).content.decode()
    assert "2026-07-01 10:00:00" in page
    assert desk.get(url(models.Case, "change", text.case_id)).status_code == 200


def test_the_page_of_a_case_explains_its_clocks(cities: Cities, console: Console) -> None:
    case = models.Case.objects.get(number=cities.ours)
    sheet = console("sysadmin").get(url(models.Case, "change", case.pk)).context["sheet"]
    clocks = {clock.name: clock for clock in sheet.clocks}
    disposal = clocks["Disposal"]
    facts = dict(disposal.facts)
    assert case.due_at is not None
    # The spans of open time, added up by hand, end where the case says that it is due.
    assert disposal.spans[0][0] == "2026-07-01 10:00:00"
    assert disposal.spans[-1][1] == facts["Due"] == f"{case.due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    assert disposal.light in {"Green", "Yellow", "Red", "Double red"}  # by the machine's clock
    assert dict(clocks["Accept"].facts)["Now"] == "stopped"


def test_the_page_of_a_case_shows_its_tasks_and_what_happened(cities: Cities, console: Console) -> None:
    case = models.Case.objects.get(number=cities.ours)
    page = console("sysadmin").get(url(models.Case, "change", case.pk))
    sheet = page.context["sheet"]
    assert [row[2] for row in sheet.tasks["rows"]] == [
        "Acceptor",
        "Duty chief",
        "Dispatcher",
        "Department clerk",
        "Department clerk",
    ]
    assert [row[2] for row in sheet.events["rows"]] == ["Report", "Accept", "File", "Dispatch", "Sign"]
    assert sheet.events["rows"][0][3].startswith("collector · Collector")
    assert "Description: 井盖破损" in sheet.events["rows"][0][-1]
    text = page.content.decode()
    assert "环卫中心" in text
    assert "Asia/Shanghai" in text


def test_a_case_put_off_shows_until_when_and_the_pause_of_its_clock(
    cities: Cities, console: Console, desk: Desk
) -> None:
    until = "2026-07-03T09:00:00+08:00"
    desk("dept_clerk", cities.ours, "apply_defer", reason="weather", until=until, opinion="暴雨")
    page = url(models.Case, "change", models.Case.objects.get(number=cities.ours).pk)
    assert console("sysadmin").get(page).context["sheet"].applications["rows"] == [
        ["Deferral", "dept_clerk", "Dispatcher"]
    ]
    desk("dispatcher", cities.ours, "approve_defer")
    desk("leader", cities.ours, "approve_defer")
    sheet = console("sysadmin").get(page).context["sheet"]
    assert dict(sheet.facts)["Other values"] == "Taken up again on: 2026-07-03 09:00:00"
    [disposal] = [clock for clock in sheet.clocks if clock.name == "Disposal"]
    assert (dict(disposal.facts)["Now"], dict(disposal.facts)["Due"]) == (
        "standing still",
        "not known while it stands still",
    )
    assert disposal.pauses == [["2026-07-01 10:00:00", "…", ""]]


def test_a_case_whose_table_is_gone_is_told_as_far_as_it_can_be(cities: Cities, console: Console) -> None:
    models.Case.objects.filter(number=cities.ours).update(table_version=99)
    case = models.Case.objects.get(number=cities.ours)
    page = console("sysadmin").get(url(models.Case, "change", case.pk))
    assert page.status_code == 200
    assert page.context["sheet"] is None
    assert "99" in page.content.decode()


def test_an_event_is_laid_out_and_its_place_in_the_chain_judged(cities: Cities, console: Console) -> None:
    desk = console("sysadmin")
    events = list(models.CaseEvent.objects.filter(case__number=cities.ours).order_by("seq"))
    page = desk.get(url(models.CaseEvent, "change", events[1].pk)).content.decode()
    assert "&quot;done&quot;: [" in page
    assert bytes(events[1].hash).hex() in page
    admin = desk.get(url(models.CaseEvent, "changelist")).context["cl"].model_admin
    assert all(admin.chain(event) for event in events)
    events[1].body = events[1].body.replace("1", "2", 1)
    assert not admin.chain(events[1])
    assert not admin.chain(models.CaseEvent(**{**vars_of(events[2]), "seq": 4}))


def vars_of(event: models.CaseEvent) -> dict[str, Any]:
    return {name: value for name, value in vars(event).items() if not name.startswith("_")}


# --- what it costs


MANY = (
    """
    INSERT INTO cases_case (id, number, jurisdiction, table_version, via, state, kind, source, category, condition, part_code,
        department, department_ids, people, unit_grid, duty_grid, community, street, district, external_number, reported_at,
        due_at, snapshot, seq, head)
    SELECT gen_random_uuid(), %(prefix)s || n, jurisdiction, table_version, via, state, kind, source, category, condition, '',
        department, '{}', '{}', '', '', '', '', '', '', reported_at + n * interval '1 s', due_at, snapshot, seq, head
    FROM cases_case, generate_series(1, %(count)s) AS n WHERE number = %(number)s
    """,
    """
    INSERT INTO cases_caseevent (case_id, seq, jurisdiction, action, at, person, post, via, from_state, to_state, body, hash, key,
        request)
    SELECT more.id, seq, jurisdiction, action, more.reported_at, person, post, via, from_state, to_state, body, hash, gen_random_uuid(), request
    FROM cases_caseevent, (SELECT id, reported_at FROM cases_case WHERE number LIKE %(prefix)s || '%%') AS more
    WHERE case_id = (SELECT id FROM cases_case WHERE number = %(number)s) AND seq = 1
    """,
    """
    INSERT INTO cases_task (case_id, n, jurisdiction, kind, post, department_id, person, duty_grid, opened_at, due_at, opened_seq)
    SELECT more.id, n, jurisdiction, kind, post, department_id, person, duty_grid, opened_at, due_at, opened_seq
    FROM cases_task, (SELECT id FROM cases_case WHERE number LIKE %(prefix)s || '%%') AS more
    WHERE case_id = (SELECT id FROM cases_case WHERE number = %(number)s) AND done_at IS NULL
    """,
    """
    INSERT INTO cases_casetext (case_id, seq, field, text, salt, personal)
    SELECT more.id, seq, field, text, salt, personal
    FROM cases_casetext, (SELECT id FROM cases_case WHERE number LIKE %(prefix)s || '%%') AS more
    WHERE case_id = (SELECT id FROM cases_case WHERE number = %(number)s) AND field = 'description'
    """,
)


def many(number: str, count: int, prefix: str = "many") -> None:
    """Multiply a case, each time reported a second later, with its first event, its open task and a text."""
    with connection.cursor() as cursor:
        for statement in MANY:
            cursor.execute(statement, {"number": number, "count": count, "prefix": prefix})


COSTS = [(models.Case, 11), (models.CaseEvent, 12), (models.Task, 12), (models.CaseText, 11), (models.CaseCounter, 8)]


def test_a_full_page_costs_no_more_queries_than_a_short_one_and_counts_nothing(
    cities: Cities, console: Console
) -> None:
    desk = console("sysadmin")

    def asked(model: Any) -> list[str]:
        desk.get(url(model, "changelist"))  # what is kept in the process is there afterwards
        with CaptureQueriesContext(connection) as queries:
            desk.get(url(model, "changelist"))
        return [query["sql"] for query in queries.captured_queries]

    short = {model: asked(model) for model, _most in COSTS}
    many(cities.ours, 60)
    for model, most in COSTS:
        full = asked(model)
        assert len(full) == len(short[model]) <= most, "\n".join(full)
        assert not [sql for sql in full if "COUNT(" in sql.upper() or '"cases_case"."snapshot"' in sql]


def test_a_page_of_a_case_costs_the_same_however_much_has_happened(
    cities: Cities, console: Console, desk: Desk
) -> None:
    page = url(models.Case, "change", models.Case.objects.get(number=cities.ours).pk)
    client = console("sysadmin")
    client.get(page)
    with CaptureQueriesContext(connection) as before:
        client.get(page)
    for _ in range(5):
        desk("dept_clerk", cities.ours, "note", opinion="x")
    with CaptureQueriesContext(connection) as after:
        client.get(page)
    assert len(before) == len(after) <= 26, "\n".join(query["sql"][:200] for query in after.captured_queries)


def test_pages_follow_each_other_by_key_and_show_every_row_once(cities: Cities, console: Console) -> None:
    many(cities.ours, 130)
    desk = console("sysadmin")
    late = 0
    for model in (models.Case, models.CaseEvent, models.Task, models.CaseText):
        wanted = {row.pk for row in rows_of(model, CITY) if getattr(row, "done_at", None) is None}
        seen: list[Any] = []
        address = "?"
        while address:
            change_list = desk.get(url(model, "changelist") + address).context["cl"]
            seen += [row.pk for row in change_list.result_list]
            address = change_list.next_page
            if len(seen) == 50:
                late += 1
                many(cities.ours, 3, prefix=f"late{late}-")
        assert len(seen) == len(set(seen))
        assert wanted <= set(seen)
        assert len(wanted) > 130


def test_a_page_key_that_is_none_leads_to_the_first_page(cities: Cities, console: Console) -> None:
    desk = console("sysadmin")
    for key in ("2", "x", "WzEsMl0", "W251bGwsbnVsbF0", "W1tdLHt9XQ"):
        answer = desk.get(url(models.Case, "changelist"), {"p": key})
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith("?e=1")


def test_filters_narrow_without_walking_through_the_rows(cities: Cities, console: Console) -> None:
    desk = console("sysadmin")

    def found(model: Any, **narrow: str) -> int:
        return len(desk.get(url(model, "changelist"), narrow).context["cl"].result_list)

    assert found(models.Case, kind="working") == found(models.Case, state="in_disposal") == 1
    assert found(models.Case, kind="closed") == found(models.Case, state="filed") == 0
    assert found(models.Case, state="no such state") == 1
    assert (found(models.Task), found(models.Task, done="yes")) == (1, 4)
    assert found(models.Task, done="yes", post="acceptor") == 1
    with CaptureQueriesContext(connection) as queries:
        desk.get(url(models.Case, "changelist"))
    assert not [query["sql"] for query in queries.captured_queries if "DISTINCT" in query["sql"]]


def test_the_lists_are_answered_by_index(cities: Cities, console: Console) -> None:
    many(cities.ours, 5000)
    models.Case.objects.exclude(number=cities.ours).update(kind="closed", state="archived", closed_at=NOW)
    desk = console("sysadmin")
    with connection.cursor() as cursor:
        for table in ("case", "caseevent", "task", "casetext"):
            cursor.execute(f"ANALYZE cases_{table}")
    for model, narrow in ((models.Case, {}), (models.Case, {"q": cities.ours}), (models.Case, {"kind": "paused"}),
                          (models.CaseEvent, {}), (models.CaseEvent, {"q": cities.ours}), (models.CaseText, {})):  # fmt: skip
        change_list = desk.get(url(model, "changelist"), narrow).context["cl"]
        plan = change_list.queryset[:51].explain()
        assert f"Seq Scan on {model._meta.db_table}" not in plan, plan
        assert "Seq Scan on cases_case " not in plan, plan
