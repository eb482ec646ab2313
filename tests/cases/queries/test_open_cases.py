"""How many cases are open by light: what SQL counts is what the rule says of each."""

from collections import Counter
from datetime import timedelta

from cases.conftest import Desk
from cast import CITY
from cityloop.cases import models
from cityloop.cases.queries.lights import case_light, due_of
from cityloop.cases.queries.open_cases import open_by_light
from cityloop.organisation import queries as organisation


def test_sql_and_the_rule_see_the_same_lights(desk: Desk) -> None:
    now = organisation.city(CITY).now()
    hour = timedelta(hours=1)
    dues = [
        (None, None, None),
        (now + hour, None, None),
        (now + hour, now - hour, None),
        (now + hour, now - hour, now + 2 * hour),
        (now - hour, now - 2 * hour, None),
        (now - hour, now - 2 * hour, now + hour),
        (now - 2 * hour, None, now - hour),
    ]
    for kind in ("waiting", "working", "paused", "void"):
        for due, warn, double in dues:
            case = desk.report().case
            models.Case.objects.filter(id=case).update(kind=kind, due_at=due, warn_at=warn, double_at=double)
    wanted = Counter(
        str(case_light(case.kind, due_of(case), now))
        for case in models.Case.objects.exclude(kind="void").order_by("id")
    )
    found = open_by_light()
    assert {each.light: each.count for each in found} == wanted
    assert {each.jurisdiction for each in found} == {CITY}
    assert len(wanted) == 6
