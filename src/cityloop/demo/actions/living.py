"""The living city: what simulated people do has an instant at which it is due; a step does what has come due, in the order of time.

Decisions follow from the seed and from what they are about, never from the machine's time or from how large the steps are: without
people the same seed and opening day give the same city. A case that a person has acted on is theirs from then on; one that
somebody has open waits until they have closed it. Nobody acts as somebody whom a person plays; and whoever stands at the open door
leaves the last thing on their desk to whoever may come in, until another comes onto it.
"""

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import islice
from random import Random
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import transaction

from cityloop.cases import actions as cases
from cityloop.cases.choices import Via
from cityloop.cases.queries.my_tasks import task_count
from cityloop.cases.queries.standing import Standing, standing, waiting_cases
from cityloop.demo import models
from cityloop.demo.actions.neighbours import Neighbours
from cityloop.demo.actions.pacing import done_until
from cityloop.demo.queries import at_door, seen_people, watched_cases
from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.habits import next_step
from cityloop.demo.rules.reports import Report
from cityloop.demo.rules.staff import SHIFTS
from cityloop.demo.rules.timing import later
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Outdated
from cityloop.kernel.versions import one_reading

logger = logging.getLogger(__name__)

TICK = timedelta(minutes=10)
"""As often, by the city's time, the system does what moves by itself, and cases that nobody plays yet find their people."""

LOOKED_AT = timedelta(seconds=60)
"""So long after somebody closed a case nobody else touches it, by the machine's time."""

AGAIN = timedelta(minutes=20)
"""After so long something that was refused is tried otherwise."""

LEFT_FOR = timedelta(minutes=30)
"""After so long, by the city's time, it is looked at again whether the last thing on a desk is still the last."""

READ_AT_ONCE = 100
MOST_REFUSED = 4
HURRY = timedelta(minutes=20)
"""So far behind, nobody draws new photos."""

PUT_OFF = frozenset({"deferred", "suspended"})
AFTER_A_PAUSE = timedelta(minutes=10)
CATCH_UP_AT_LEAST, CATCH_UP_AT_MOST = timedelta(minutes=2), timedelta(minutes=150)
"""By so much of the centre's open time people come to the cases that lay about when the city opened: sooner where a stage is short."""


@dataclass(slots=True)
class Stepped:
    """What one step did: reports and acts, ticks of the system, plans that were refused; up to when all is done."""

    until: datetime
    reports: int = 0
    acts: int = 0
    ticks: int = 0
    refused: int = 0
    is_done: bool = True


class _Played(Exception):  # no error: somebody waits
    """A person plays whoever would act."""


class _Left(Exception):  # no error: something waits
    """What would be done is left to whoever may come in."""


SYSTEM, REPORT, ACT = range(3)
Thing = tuple[datetime, int, str]
"""What comes: an instant, a kind, a name. At one instant the system acts first, then people report, then they act."""


class Life:
    """The life of one demo city for one step."""

    def __init__(self, neighbours: Neighbours) -> None:
        self.neighbours = neighbours
        self.code, self.seed = neighbours.code, neighbours.seed
        self.agenda: list[Thing] = []
        self.reports: dict[str, Report] = {}
        self.turns: dict[str, models.Turn] = {}
        self.cases: dict[
            str, Standing
        ] = {}  # as they were read, or as our own act left them: the door refuses where that is over
        self.watched: frozenset[str] = frozenset()
        self.played: frozenset[int] = frozenset()
        self.door = frozenset(one for post, ids in at_door(self.code).items() if post not in SHIFTS for one in ids)
        self.until = datetime.min.replace(tzinfo=UTC)

    def step(self, until: datetime, *, most: int = 10_000, seconds: float = 3600.0) -> Stepped:
        """Do what has come due up to ``until``, the city's time.

        Args:
            most: Things at most; ``seconds`` of work at most. What is left comes first in the next step; what falls on one
                instant is done together, so that it does not matter where a step ends.
        """
        began, count = time.monotonic(), 0
        since = models.Pace.objects.values_list("done_until", flat=True).get(pk=self.code)
        stepped = Stepped(since)
        self.until = until
        self.watched = watched_cases(self.code, machine_now() - LOOKED_AT)
        self.played = seen_people(self.code, machine_now() - LOOKED_AT)
        self.neighbours.pictures.in_a_hurry = until - since > HURRY
        self._gather(since, until)
        with one_reading():
            while self.agenda and self.agenda[0][0] <= until:
                at = self.agenda[0][0]
                if at > stepped.until and (count >= most or time.monotonic() - began > seconds):
                    stepped.is_done = False
                    break
                self._do(heappop(self.agenda), stepped)
                stepped.until = max(stepped.until, at)
                count += 1
        if stepped.is_done:
            stepped.until = max(until, since)
        done_until(self.code, stepped.until)
        return stepped

    def _gather(self, since: datetime, until: datetime) -> None:
        """Write down what comes until the end of the step: whose turn it is, who reports, when the system acts."""
        turns = models.Turn.objects.filter(jurisdiction=self.code, due_at__lte=until).order_by()
        self.turns = {turn.number: turn for turn in turns}
        self.agenda = [(turn.due_at, ACT, turn.number) for turn in self.turns.values() if turn.due_at]
        self.reports = {self._origin(one): one for one in self.neighbours.reports(since, until)}
        made = models.Turn.objects.filter(jurisdiction=self.code, origin__in=list(self.reports)).order_by()
        for origin in made.values_list("origin", flat=True):  # by a step that was killed before its end
            del self.reports[origin]
        self.agenda += [(one.at, REPORT, origin) for origin, one in self.reports.items()]
        whole = since - timedelta(seconds=since.timestamp() % TICK.total_seconds())
        while (whole := whole + TICK) <= until:
            self.agenda.append((whole, SYSTEM, ""))
        heapify(self.agenda)

    def _origin(self, report: Report) -> str:
        """Return what tells a report from all others."""
        subject = f"cityloop/demo/{self.seed}/{report.problem}/{report.at.isoformat()}/{report.lon}/{report.lat}"
        return str(uuid5(NAMESPACE_OID, subject))

    def _do(self, thing: Thing, stepped: Stepped) -> None:
        at, kind, name = thing
        if kind == SYSTEM:
            cases.tick(now=at, only=self.code)
            self.cases.clear()
            self._adopt(at)
            stepped.ticks += 1
        elif kind == REPORT:
            self._report(self.reports[name], name, stepped)
        else:
            self._act(name, at, stepped)

    # --- what people do

    def _report(self, report: Report, origin: str, stepped: Stepped) -> None:
        """Make the case of a report, and plan what is done with it."""
        neighbours, key = self.neighbours, UUID(origin)
        place = neighbours.located(report)
        try:
            with transaction.atomic():
                done = cases.report(
                    self.code,
                    neighbours.report_inputs(report, key),
                    actor=neighbours.reporter(report, place, report.at),
                    key=key,
                    via=Via.DEMO,
                    now=report.at,
                )
                turn = models.Turn(
                    number=done.number, jurisdiction=self.code, origin=origin, problem=report.problem[:60]
                )
                self._plan(turn, self._left(done) or self._standing(done.number), report.at)
        except CityError as exc:
            # A class that the city has abolished meanwhile, a zone in which it may not be reported: somebody configured that.
            logger.info("demo: nobody reported %s: %s", report.category, exc.message)
            stepped.refused += 1
        else:
            stepped.reports += 1

    def _act(self, number: str, at: datetime, stepped: Stepped) -> None:
        """Take the step that was planned with a case, unless a person has taken it over or has it open."""
        turn = self.turns[number]
        case = self._standing(number)
        if case.touched:
            models.Turn.objects.filter(pk=number).update(due_at=None)
            return
        if number in self.watched:
            self._wait(number, at)
            return
        if case.state != turn.state:
            self._plan(turn, case, at)
            return
        try:
            with transaction.atomic():
                self._plan(turn, self._taken(turn, case, at), at)
        except _Played:
            self._wait(number, at)
        except _Left:
            self._put_off(turn, at + LEFT_FOR)
        except Outdated:  # somebody was faster, since the case was read: a person, or the system
            del self.cases[number]
            self._act(number, at, stepped)
        except CityError as exc:
            self._try_otherwise(turn, case, at, exc)
            stepped.refused += 1
        else:
            stepped.acts += 1

    def _wait(self, number: str, at: datetime) -> None:
        """Leave a case to a person for this step and a moment longer."""
        models.Turn.objects.filter(pk=number).update(due_at=max(at, self.until) + timedelta(minutes=1))

    def _put_off(self, turn: models.Turn, until: datetime) -> None:
        """Come back to a case at ``until`` with what was planned."""
        turn.due_at = until
        models.Turn.objects.filter(pk=turn.number).update(due_at=until)
        if until <= self.until:
            heappush(self.agenda, (until, ACT, turn.number))

    def _standing(self, number: str) -> Standing:
        """Return how a case stands; what is not known is read, together with the others whose turn comes next."""
        if number not in self.cases:
            others = (name for _at, kind, name in self.agenda if kind == ACT and name not in self.cases)
            self.cases |= standing({number, *islice(others, READ_AT_ONCE)})
        return self.cases[number]

    def _left(self, done: cases.Performed) -> Standing | None:
        """Return how an act of ours has left its case; None where it was done by a step that was killed before it could plan."""
        if done.after is None:
            return None
        self.cases[done.number] = Standing(done.number, done.state, done.seq, done.after, touched=False)
        return self.cases[done.number]

    def _taken(self, turn: models.Turn, case: Standing, at: datetime) -> Standing:
        """Take what comes next; return how the case stands then.

        Raises:
            Outdated: It stands otherwise than ``case`` says.
            _Played: A person plays whoever would act.
            _Left: It is the last thing on the desk of somebody who stands at the door.
        """
        neighbours = self.neighbours
        situation = neighbours.situation(case, turn.problem)
        step = next_step(situation, self._chance(turn))
        if step is None:
            return case
        actor = neighbours.actor(step, case, at, self.played)
        if actor.user_id in self.played:
            raise _Played
        if actor.user_id in self.door and task_count(actor) <= 1:
            raise _Left
        done = cases.perform(
            case.number,
            step.action,
            neighbours.inputs(step, case, situation.master, at),
            actor=actor,
            key=uuid5(NAMESPACE_OID, f"cityloop/demo/{self.seed}/{case.number}/{turn.n}"),
            via=Via.DEMO,
            now=at,
            expected_seq=case.seq,
        )
        if (left := self._left(done)) is None:
            del self.cases[case.number]
        return left or self._standing(case.number)

    def _try_otherwise(self, turn: models.Turn, case: Standing, at: datetime, exc: CityError) -> None:
        """Plan anew what was refused; what is refused again and again is left to people."""
        turn.refused += 1
        logger.log(
            logging.WARNING if turn.refused > MOST_REFUSED else logging.INFO,
            "demo: case %s: %s refused: %s", turn.number, turn.state, exc.message,
        )  # fmt: skip
        if turn.refused > MOST_REFUSED:
            turn.due_at = None
            turn.save()
        else:
            self._plan(turn, case, at + AGAIN)

    # --- what is planned

    def _chance(self, turn: models.Turn) -> Random:
        return chance(self.seed, "turn", turn.number, turn.n)

    def _plan(self, turn: models.Turn, case: Standing, since: datetime, *, not_before: datetime | None = None) -> None:
        """Decide when somebody acts on a case next, counted from ``since``; within the step it goes on the agenda."""
        turn.n += 1
        turn.state = case.state
        turn.due_at = self._due(turn, case, since)
        if turn.due_at is not None and not_before is not None:
            turn.due_at = max(turn.due_at, not_before)
        turn.save()
        if turn.due_at is not None and turn.due_at <= self.until:
            self.turns[turn.number] = turn
            heappush(self.agenda, (turn.due_at, ACT, turn.number))

    def _due(self, turn: models.Turn, case: Standing, since: datetime) -> datetime | None:
        if case.state in PUT_OFF:
            resumed = case.snapshot.values.get("resume_on")
            return (max(resumed, since) if resumed else since) + AFTER_A_PAUSE
        step = next_step(self.neighbours.situation(case, turn.problem), self._chance(turn))
        return None if step is None else later(since, step.gap, self.neighbours.clocks(case))

    def _adopt(self, at: datetime) -> None:
        """Find people for the cases that nobody plays: those that lay about when the city opened, and what was split off."""
        waiting = waiting_cases(self.code)
        known = models.Turn.objects.filter(jurisdiction=self.code, number__in=waiting).values_list("number", flat=True)
        strange = sorted(set(waiting) - set(known))
        found = standing(strange)
        for number in strange:
            turn = models.Turn(number=number, jurisdiction=self.code, origin=number)
            case = found[number]
            if case.touched:
                turn.state = case.state
                turn.save()
                continue
            running = [
                one.total for one in case.snapshot.clocks.values() if one.since is not None and one.until is None
            ]
            reach = max(min([CATCH_UP_AT_MOST, *running]) - CATCH_UP_AT_LEAST, timedelta())
            share = chance(self.seed, "adopted", number).random()
            soon = self.neighbours.city.calendar("shift").add(at, CATCH_UP_AT_LEAST + share * reach)
            self._plan(turn, case, case.snapshot.at or at, not_before=soon.replace(microsecond=0))
