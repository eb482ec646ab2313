"""``perform_pure`` and ``deadline``: the rules alone, on one core, without a database."""

import os
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.ground import figure, rate_per_core, say

SEED = 20261122


def perform_pure() -> None:
    """Scalar transitions per second and core, next clock included: a case through the whole loop, again and again."""
    _django()
    from cases.rules.town import BROKEN_COVER, MANHOLE, NOW, PHOTOS, POINT, person, table, town
    from cityloop.cases.rules.dues import dues
    from cityloop.cases.rules.engine import perform_pure as step
    from cityloop.cases.rules.parties import NO_FACTS, Facts
    from cityloop.cases.rules.snapshot import EMPTY

    loop, city = table(), town()
    place = Facts(located={"lon": 120.0, "lat": 30.0, "unit_grid": "990101001001001", "community": "990101001001"})
    report = {
        "source": "collector", "category": MANHOLE, "condition": BROKEN_COVER, "point": POINT, "photos": PHOTOS,
        "description": "井盖破损，需更换",
    }  # fmt: skip
    acts: list[tuple[str, str, dict[str, Any], Facts]] = [
        ("collector", "report", report, place),
        ("acceptor", "accept", {}, NO_FACTS),
        ("duty_chief", "file", {"condition": BROKEN_COVER}, NO_FACTS),
        ("dispatcher", "dispatch", {"department": "HW"}, NO_FACTS),
        ("dept_clerk", "sign", {}, NO_FACTS),
        ("dept_clerk", "feedback", {"opinion": "已更换"}, NO_FACTS),
        ("acceptor", "send_check", {}, NO_FACTS),
        ("collector", "check_back", {"result": "pass"}, NO_FACTS),
        ("duty_chief", "close", {"condition_met": True}, NO_FACTS),
    ]

    def work() -> int:
        for _case in range(500):
            snapshot, now = EMPTY, NOW
            for who, action, inputs, facts in acts:
                outcome = step(loop, snapshot, action, inputs, actor=person(who), city=city, now=now, facts=facts)
                snapshot, now = outcome.after, now + timedelta(minutes=7)
                dues(loop, snapshot, city)
        return 500 * len(acts)

    say("perform_pure: nine transitions of a case, next clock included")
    rate, n = rate_per_core(work)
    figure("perform_pure.rate", rate, "1/s", n=n)


def deadline() -> None:
    """Scalar deadlines per second and core, beside a walk through the minutes."""
    _django()
    from cases.rules.town import town
    from cityloop.cases.rules.clocks import Clock, due_at

    calendar = town().calendar("office")
    chance = random.Random(SEED)
    begins = datetime(2025, 1, 1, tzinfo=UTC)
    clocks = [
        Clock("office", 1, chance.choice((7200, 14400, 28800, 57600, 144000)), 0, (),
              begins + timedelta(minutes=chance.randrange(700_000)), False, "", "")
        for _ in range(20_000)
    ]  # fmt: skip

    def work() -> int:
        for clock in clocks:
            due_at(clock, calendar)
        return len(clocks)

    minute = timedelta(minutes=1)
    walked = clocks[:20]

    def walk() -> int:
        for clock in walked:
            assert clock.since is not None
            left, now = clock.limit_s // 60, clock.since.replace(second=0)
            while left:
                left -= calendar.between(now, now + minute) == minute
                now += minute
        return len(walked)

    say("deadline: of clocks by working time, beside a walk through minutes")
    rate, n = rate_per_core(work)
    slow, _n = rate_per_core(walk, rounds=3)
    figure("deadline.rate", rate, "1/s", n=n, ratio=round(rate / slow, 1))


def _django() -> None:
    """The rules need no database, but their words are translated by Django."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityloop.site.settings.dev")
    os.environ.setdefault("CITYLOOP_DATA", "/var/tmp/cityloop-bench-rules")
    import django

    django.setup()
