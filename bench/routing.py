"""``routing``: where a hundred cases go by two thousand rules, read from the database and in words for nobody.

``routing_trial``: a draft of a thousand rules tried on the last 40,000 dispatches of a city of 100,000 cases.
"""

import resource
import time
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

from bench.ground import CITY, cluster, figure, say
from bench.large import MIDDLE, prepared

CASES = 100
ROUNDS = 30
RULES = 2000
TRIED_RULES = 1000
TRIALS = 3


def routing() -> None:
    """Seconds to route 100 cases: their texts and the owners of their parts read, rules compiled before, as in a running process."""
    with cluster():
        from cases.conftest import Desk
        from cast import CITY, NOW, make_cast
        from cityloop.cases.actions.routing import new_draft, put_routing_in_force
        from cityloop.cases.models import Case
        from cityloop.cases.queries.cities import loop_city
        from cityloop.cases.queries.routing import rulings_now
        from cityloop.cases.rules.routing import Rule
        from cityloop.geography.actions import lay_regular_grid

        desk = Desk(make_cast())
        lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 200, date(2020, 1, 1))
        for n in range(CASES):
            desk.report(description=f"路口井盖破损，车辆绕行，第 {n} 处", part_code="9901010101000001")
        classes = sorted(loop_city(CITY).categories)
        rules = [Rule(n + 1, ("HW", "SZ")[n % 2], **_conditions(n, classes)) for n in range(RULES)]
        version = new_draft(CITY, actor_id=None, now=NOW, rules=rules)
        put_routing_in_force(CITY, version, actor_id=None, now=datetime.now(UTC))
        rows = list(Case.objects.order_by("number"))
        rulings_now(rows)  # the version is compiled once for a process
        seconds = []
        for _round in range(ROUNDS):
            begun = time.perf_counter()
            found = rulings_now(rows)
            seconds.append(time.perf_counter() - begun)
        assert sum(ruling.rule is not None for ruling, _version in found.values()) == CASES
        say(f"routing: {CASES} cases by {RULES} rules, one in two of them with words; median of {ROUNDS} rounds")
        figure("routing.seconds", median(seconds), "s", n=CASES, worst=max(seconds))


def routing_trial() -> None:
    """Seconds and memory that the worker takes to try a draft on past cases; nothing is written to the prepared database."""
    data, _tokens = prepared(MIDDLE)
    with cluster(data):
        from cityloop.cases.queries.cities import loop_city
        from cityloop.cases.queries.routing import routing, routing_in_force
        from cityloop.cases.queries.routing_trials import SAMPLE, routing_trial
        from cityloop.cases.rules.routing import Routing, Rule

        city = loop_city(CITY)
        held = routing(CITY, routing_in_force(city.city))
        classes = sorted(city.categories)
        rules = [Rule(n + 1, ("HW", "SZ")[n % 2], **_conditions(n, classes)) for n in range(TRIED_RULES)]
        tried = Routing([*rules, Rule(TRIED_RULES + 1, "SZ", words=("积水",))])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds, used, told = [], [], []
        for _round in range(TRIALS):
            begun, spent = time.perf_counter(), time.process_time()
            count = routing_trial(CITY, held, tried, progress=lambda done, _cases: told.append(done))
            seconds.append(time.perf_counter() - begun)
            used.append(time.process_time() - spent)
        assert count.cases == SAMPLE
        assert count.elsewhere
        more = {
            "worst": round(max(seconds), 2),
            "of_them_python": round(median(used), 2),
            "told": len(told) // TRIALS,
            "grew_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024),
        }
        say(
            f"routing_trial: {count.cases} past cases by {len(rules) + 1} rules, words among them; {count.elsewhere} elsewhere"
        )
        figure("routing.trial_seconds", median(seconds), "s", n=count.cases, **more)


def _conditions(n: int, classes: list[str]) -> dict[str, Any]:
    """Conditions of the n-th rule, never the same twice: a class of its own, words of its own, a priority where both repeat."""
    words: tuple[str, ...] = (f"词{n}", "井盖") if n % 2 else (f"词{n}",)
    return {"classes": (classes[n % len(classes)],), "words": words, "priority": n // len(classes) % 10}
