"""The wall of red lights, counted and listed: what SQL says is what a plain recount says."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.conftest import Desk
from cast import CITY
from cityloop.cases import models
from cityloop.cases.choices import Light
from cityloop.cases.queries.lights import case_light, due_of
from cityloop.cases.queries.wall import LIGHTS, WantedTrouble, cities_watched, counts, trouble, wall_mark
from cityloop.kernel.errors import NotAllowed
from cityloop.kernel.versions import one_reading
from cityloop.organisation import queries as organisation


@pytest.fixture
def troubled(desk: Desk) -> Desk:
    """Cases in every light, with and without a department, from collectors and from the public."""
    now, hour = organisation.city(CITY).now(), timedelta(hours=1)
    dues = [
        ("working", now - 5 * hour, now - 6 * hour, now - hour),
        ("working", now - 2 * hour, now - 3 * hour, now + hour),
        ("waiting", now - hour, now - 2 * hour, now + hour),
        ("waiting", now + hour, now - hour, now + 9 * hour),
        ("waiting", now + hour, now + hour, now + 9 * hour),
        ("paused", None, None, None),
        ("closed", None, None, None),
    ]
    makers = (
        desk.in_disposal,
        lambda: desk.report().number,
        lambda: desk.report("acceptor", source="hotline", photos=None).number,
    )
    for make in makers:
        for kind, due, warn, double in dues:
            models.Case.objects.filter(number=make()).update(
                kind=kind, due_at=due, warn_at=warn, double_at=double, closed_at=now if kind == "closed" else None
            )
    return desk


def lights(rows: list[Any]) -> Counter[Light]:
    now = organisation.city(CITY).now()
    return Counter(case_light(row.kind, due_of(row), now) for row in rows)


def test_what_is_counted_is_what_a_recount_finds(troubled: Desk) -> None:
    viewer = troubled.cast.viewer("duty_chief")
    rows = list(models.Case.objects.open().order_by("id"))
    told = counts(viewer, [CITY])
    assert told.all.lights == {**dict.fromkeys(LIGHTS, 0), **lights(rows)}
    assert told.all.public == {
        **dict.fromkeys(LIGHTS, 0),
        **lights([row for row in rows if row.source == "hotline"]),
    }
    for table, side in ((told.departments, "department"), (told.states, "state"), (told.streets, "street")):
        by_side = {
            code: [row for row in rows if (getattr(row, side) or "-") == code]
            for code in {getattr(row, side) or "-" for row in rows}
        }
        assert {one.code: one.lights for one in table} == {
            code: {**dict.fromkeys(LIGHTS, 0), **lights(found)} for code, found in by_side.items()
        }, side
        assert [one.trouble for one in table] == sorted((one.trouble for one in table), reverse=True)


def test_each_figure_leads_to_as_many_cases(troubled: Desk) -> None:
    viewer = troubled.cast.viewer("leader")
    told = counts(viewer, [CITY])
    assert len(trouble(viewer, [CITY], WantedTrouble()).items) == told.all.trouble
    assert len(trouble(viewer, [CITY], WantedTrouble(public=True)).items) == told.all.of_public
    for light in LIGHTS:
        assert len(trouble(viewer, [CITY], WantedTrouble(light=(light,))).items) == told.all.lights[light]
    for table, side in ((told.departments, "department"), (told.states, "state"), (told.streets, "street")):
        for one in table:
            wanted = WantedTrouble(**{side: one.code})
            assert len(trouble(viewer, [CITY], wanted).items) == one.trouble


def test_the_list_begins_with_what_is_latest_and_says_who_holds_it_and_what_was_said(troubled: Desk) -> None:
    number = troubled.in_disposal()
    troubled("duty_chief", number, "urge", opinion="before the rain")
    troubled("dispatcher", number, "urge")
    models.Case.objects.filter(number=number).update(due_at=troubled.now - timedelta(days=400), double_at=None)
    rows = trouble(troubled.cast.viewer("inspector"), [CITY], WantedTrouble()).items
    assert [row.due_at for row in rows] == sorted(row.due_at for row in rows if row.due_at)
    first = rows[0]
    assert (first.number, first.urged, first.holders) == (number, 2, "环卫中心")
    assert first.said is not None
    assert (first.said.text, first.said.who, first.said.action) == ("before the rain", "duty_chief", "Urge")


@pytest.mark.parametrize("who", ["dept_clerk", "acceptor", "collector", "citizen", "sysadmin"])
def test_nobody_watches_who_does_not_answer_for_a_city(desk: Desk, who: str) -> None:
    with pytest.raises(NotAllowed):
        cities_watched(desk.cast.viewer(who))


def test_a_stranger_watches_their_own_city_alone(troubled: Desk) -> None:
    viewer = troubled.cast.viewer("stranger")
    codes = cities_watched(viewer)
    assert CITY not in codes
    assert counts(viewer, codes).all.open == 0
    assert counts(viewer, [CITY]).all.open == 0, "the cities narrow; who sees what is asked as well"


def test_the_mark_changes_when_a_case_comes_into_trouble_and_when_it_is_acted_on(desk: Desk) -> None:
    viewer = desk.cast.viewer("duty_chief")
    number = desk.in_disposal()
    models.Case.objects.update(due_at=organisation.city(CITY).now() + timedelta(days=9), warn_at=None, double_at=None)
    calm = wall_mark(viewer, [CITY])
    assert wall_mark(viewer, [CITY]) == calm
    models.Case.objects.update(due_at=organisation.city(CITY).now() - timedelta(days=9))
    late = wall_mark(viewer, [CITY])
    assert late != calm
    desk("dispatcher", number, "urge")
    models.Case.objects.update(due_at=organisation.city(CITY).now() - timedelta(days=9), double_at=None)
    assert wall_mark(viewer, [CITY]) != late


def test_whether_the_wall_has_changed_is_counted_by_its_index_alone(troubled: Desk) -> None:
    with connection.cursor() as cursor:
        # Of a few rows any index is as cheap, and what is switched off is only dear (an index alone too, by enable_indexscan):
        # so the others are not there.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'cases_case'::regclass AND NOT indisunique"
        )
        for [other] in cursor.fetchall():
            if other != "case_open_counted":
                cursor.execute(f"DROP INDEX {other}")
        with CaptureQueriesContext(connection) as asked:
            wall_mark(troubled.cast.viewer("duty_chief"), [CITY])
        [counting] = [one["sql"] for one in asked if "SUM" in one["sql"]]
        cursor.execute(f"EXPLAIN {counting}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Only Scan using case_open_counted" in plan, plan


def test_counting_and_listing_cost_three_queries_however_many_cases(
    troubled: Desk, django_assert_max_num_queries: Any
) -> None:
    viewer = troubled.cast.viewer("duty_chief")
    counts(viewer, [CITY])
    with one_reading(), django_assert_max_num_queries(4) as asked:
        counts(viewer, [CITY])
        trouble(viewer, [CITY], WantedTrouble())
    assert len([one for one in asked.captured_queries if "cases_case" in one["sql"]]) == 2
