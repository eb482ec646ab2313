"""The city's past: cases that were closed before it opened, through the bulk twin of the one door."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

import numpy as np

from cityloop.cases.actions import PastAct, PastCase, Replay
from cityloop.cases.choices import Via
from cityloop.demo.actions.developing import Film, with_photos
from cityloop.demo.actions.labels import write_labels
from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.course import Course
from cityloop.demo.rules.mix import REPAIRED_BY
from cityloop.demo.rules.reports import Report
from cityloop.demo.rules.scenes import PUBLIC
from cityloop.demo.rules.staff import STREET_UNITS
from cityloop.demo.rules.texts import caller
from cityloop.demo.rules.timing import Limit
from cityloop.geography.queries import Locator
from cityloop.geography.rules import Located
from cityloop.kernel.errors import Conflict
from cityloop.kernel.translation import _, noop
from cityloop.organisation.queries import City
from cityloop.organisation.rules.calendar import CONTINUOUS, Calendar, open_time

BATCH = 500

UnderWay = Callable[[str, int, int], None]
"""Told in which words, with how many of how many, it is said how far something is."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the demo asks about a report: where it lies, whose duty it is, how long it may take."""

    city: City
    locator: Locator

    def located(self, reports: Sequence[Report]) -> list[Located]:
        """Return where ``reports`` lie; all of them lie in the city."""
        places = self.locator.locate(
            np.array([report.lon for report in reports]), np.array([report.lat for report in reports])
        )
        found = [places[number] for number in range(len(places))]
        return [place for place in found if place is not None]

    def department(self, report: Report) -> str:
        return self.department_of(report.category, report.community)

    def department_of(self, category: str, community: str) -> str:
        """Return the code of the department whose duty a class is; a street's office by the community that it lies in."""
        kind = self.city.categories[category].dept_kind
        if kind == STREET_UNITS[0].kind:
            return STREET_UNITS[int(community[6:9]) - 1].code
        department = self.city.department_of_kind(kind)
        assert department is not None
        return department.code

    def limit(self, report: Report, zone: str) -> tuple[Calendar, timedelta]:
        """Return the calendar by which the disposal is counted, and its limit in open time of it."""
        office = self.city.calendar("office")
        is_continuous, amount = open_time(self.city.limit_of(report.condition, zone), office)
        return (CONTINUOUS if is_continuous else office), amount


def write_past(
    around: Surroundings,
    reports: Sequence[Report],
    *,
    seed: int,
    present: datetime,
    film: Film,
    sender: int,
    under_way: UnderWay = lambda _words, _done, _of: None,
) -> int:
    """Write a closed case for each report whose disposal was over before ``present``, and which of them tell of one problem.

    Return how many.

    Args:
        film: Where their photos come from.
        sender: Who erased those of before.
        under_way: Told again and again how far it is.
    """
    told = _past_cases(around, reports, seed, present, under_way)
    past = with_photos([case for _report, case in told], film, present, sender=sender)
    replay = Replay(around.city.code, label="demo", via=Via.DEMO, upto=present)
    made = 0
    for count in replay.write_all(past[first : first + BATCH] for first in range(0, len(past), BATCH)):
        made += count.made
        under_way(noop("%(done)d of %(of)d past cases written"), made, len(past))
        if count.refused:
            raise Conflict(_("The past of the demo city was refused: %(why)s") % {"why": count.refused[0][1]})
    write_labels((case.key, report) for report, case in told)
    return made


def _past_cases(
    around: Surroundings, reports: Sequence[Report], seed: int, present: datetime, under_way: UnderWay
) -> list[tuple[Report, PastCase]]:
    past = []
    shift = around.city.calendar("shift")
    for number, (report, place) in enumerate(zip(reports, around.located(reports), strict=True)):
        under_way(noop("%(done)d of %(of)d past cases worked out"), number, len(reports))
        day = around.city.day_of(report.at)
        source = chance(seed, "disposal", report.problem, report.at)
        calendar, limit = around.limit(report, place.timing_zone)
        way = Course(
            Limit(calendar, limit),
            shift,
            around.city.time_zone,
            around.department(report),
            needs_repair=around.city.categories[report.category].dept_kind in REPAIRED_BY,
            is_public=report.source in PUBLIC,
        )
        acts = way.acts(report.at, source)
        closed = next(act.at for act in acts if act.action == "close")
        if closed < present:
            case = PastCase(
                key=uuid5(NAMESPACE_OID, f"cityloop/demo/{seed}/{day}/{number}"),
                reported_at=report.at,
                closed_at=closed,
                category=report.category,
                condition=report.condition,
                source=report.source,
                lon=report.lon,
                lat=report.lat,
                description=report.description,
                address=report.address,
                reporter=caller(report.description, chance(seed, "reporter", report.problem, report.at))
                if report.source in PUBLIC
                else {},
                department=way.department,
                acts=tuple(PastAct(one.action, one.at, one.post, dict(one.inputs)) for one in acts if one.at < present),
            )
            past.append((report, case))
    return past
