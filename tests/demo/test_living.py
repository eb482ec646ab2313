"""A small demo city lives for some hours, made once for all of these scenes."""

import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from django.db import transaction
from django.test import TestCase, override_settings
from typing_extensions import override

from cast import load_standards
from cityloop.cases import models as cases
from cityloop.cases.actions import perform
from cityloop.cases.queries.my_tasks import task_count
from cityloop.cases.queries.verifying import verify
from cityloop.demo import models
from cityloop.demo.actions.living import Life, Stepped
from cityloop.demo.actions.making import SMALL, make_city
from cityloop.demo.actions.neighbours import Neighbours
from cityloop.demo.actions.pacing import make_storm, watch
from cityloop.demo.queries import at_door, made_of
from cityloop.kernel.clock import machine_now
from cityloop.kernel.ids import uuid7
from cityloop.organisation.queries import city, viewer_of
from demo.content import Told, told

pytestmark = pytest.mark.xdist_group("demo city")

CITY = "990101"
HOUR = timedelta(hours=1)
WITH_WORK = frozenset({"collector", "dept_clerk", "dept_leader", "handler", "officer", "evaluator", "leader"})
"""Posts whose tasks lie with one person at the door."""


def let_live(until: datetime, *, steps: int = 1) -> list[Stepped]:
    """Let the city live until ``until`` in so many steps."""
    known = made_of(CITY)
    assert known is not None
    since = models.Pace.objects.get().done_until
    return [Life(Neighbours(CITY, known)).step(since + (until - since) * (n + 1) / steps) for n in range(steps)]


class TestLiving(TestCase):
    opened: ClassVar[datetime]

    @classmethod
    @override
    def setUpClass(cls) -> None:
        data = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.enterClassContext(override_settings(DATA=Path(data)))
        super().setUpClass()

    @classmethod
    @override
    def setUpTestData(cls) -> None:
        load_standards()
        cls.opened = make_city(7, date(2026, 7, 5), size=replace(SMALL, days=1, played=1)).present

    def test_the_same_hours_bring_the_same_however_they_are_cut(self) -> None:
        def lived(steps: int) -> list[Told]:
            with transaction.atomic():
                let_live(self.opened + 2 * HOUR, steps=steps)
                # The keys of the system's own acts follow from the ids of cases, which are drawn anew each time.
                found = [(*one[:9], "" if one[6] == "system" else one[9], *one[10:]) for one in told(CITY)]
                transaction.set_rollback(True)
            return found

        first = lived(3)
        assert len(first) > 700
        again = lived(17)
        assert len(again) == len(first)
        differing = [f"{one}\n{other}" for one, other in zip(first, again, strict=True) if one != other]
        assert not differing, differing[0]

    def test_a_day_brings_reports_and_solves_cases_and_verifies(self) -> None:
        before = cases.Case.objects.count()
        [done] = let_live(self.opened + 10 * HOUR)
        assert done.is_done
        assert 12 < done.reports < 90
        assert done.refused <= 0.02 * done.acts
        assert cases.Case.objects.count() - before >= done.reports
        made = cases.Case.objects.filter(reported_at__gt=self.opened)
        states = Counter(made.values_list("state", flat=True))
        assert states["closed"] > 10, states
        assert verify(CITY).findings == []
        alone = [one for post, ids in at_door(CITY).items() if post in WITH_WORK for one in ids]
        counts = [task_count(viewer_of(one, self.opened + 10 * HOUR)) for one in alone]
        assert all(counts), "whoever stands at the door leaves the last thing to whoever may come"

    def test_a_step_that_is_broken_off_goes_on_where_it_was(self) -> None:
        until = self.opened + 1.5 * HOUR
        known = made_of(CITY)
        assert known is not None
        first = Life(Neighbours(CITY, known)).step(until, most=10)
        assert not first.is_done
        assert self.opened < first.until < until
        [rest] = let_live(until)
        assert rest.is_done
        assert models.Pace.objects.get().done_until == until

    def test_a_case_that_a_person_has_acted_on_is_left_to_them(self) -> None:
        let_live(self.opened + HOUR)
        turn = models.Turn.objects.filter(due_at__isnull=False, state="filed").order_by("due_at").first()
        turn = turn or models.Turn.objects.filter(due_at__isnull=False, state="reported").order_by("due_at")[0]
        chief = viewer_of(city(CITY).holders("duty_chief")[0], self.opened)
        perform(turn.number, "note", {"opinion": "我来处理"}, actor=chief, key=uuid7(), via="desk")
        seq = cases.Case.objects.get(number=turn.number).seq
        let_live(turn.due_at + HOUR)
        acts = cases.CaseEvent.objects.filter(case__number=turn.number, seq__gt=seq).exclude(via="system")
        assert not acts.exists()

    def test_a_case_that_somebody_has_open_waits_and_goes_on_when_it_is_closed(self) -> None:
        let_live(self.opened + HOUR)
        turn = models.Turn.objects.filter(due_at__gt=self.opened + HOUR, state="dispatched").order_by("due_at")[0]
        seq = cases.Case.objects.get(number=turn.number).seq
        watch(CITY, 1, turn.number, now=machine_now())
        let_live(turn.due_at + HOUR)
        acts = cases.CaseEvent.objects.filter(case__number=turn.number, seq__gt=seq, via="demo")
        assert not acts.exists()
        models.Watch.objects.update(seen_at=machine_now() - timedelta(minutes=5))
        let_live(turn.due_at + 2 * HOUR)
        assert acts.exists()

    def test_nobody_acts_as_somebody_whom_a_person_plays(self) -> None:
        [clerk], chief = at_door(CITY)["dept_clerk"], city(CITY).on_duty("duty_chief", self.opened)[0]
        for one in (clerk, chief):
            watch(CITY, one, now=machine_now())
        let_live(self.opened + 3 * HOUR)
        later = cases.CaseEvent.objects.filter(at__gt=self.opened, via="demo")
        assert not later.filter(person__in=[clerk, chief]).exists()
        assert later.filter(post="duty_chief").exists(), "others of the centre go on"
        models.Watch.objects.update(seen_at=machine_now() - timedelta(minutes=5))
        let_live(self.opened + 5 * HOUR)
        assert later.filter(person=clerk).exists()

    def test_a_storm_brings_ponding_and_fallen_trees_within_the_hour(self) -> None:
        make_storm(CITY, now=machine_now())
        let_live(self.opened + 1.5 * HOUR)
        stormy = models.Turn.objects.filter(problem__startswith="storm")
        classes = Counter(
            cases.Case.objects.filter(number__in=stormy.values("number")).values_list("category", flat=True)
        )
        assert classes["gb47678_2026/part/01004"] >= 3
        assert classes["gb47678_2026/part/04002"] >= 2
