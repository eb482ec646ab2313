"""Tables of other kinds of cities: no line of code knows them, and they run."""

import random
from collections import Counter

import pytest

from cases.rules.story import HOTLINE, REPORT, Step
from cases.rules.test_drawing import faults
from cases.rules.town import town
from cases.rules.walk import Walk
from cityloop.cases.queries.tables import EXAMPLES, example_text
from cityloop.cases.rules.advice import warnings
from cityloop.cases.rules.drawing import draw, lay_out
from cityloop.cases.rules.fitting import Surroundings, misfits
from cityloop.cases.rules.reading import read_table
from cityloop.cases.rules.table import Label, Table
from cityloop.kernel.errors import NotFound
from cityloop.organisation.rules.staffing import STANDARD_POSTS

WORDS = {"opinion": "x"}
WALKS = 250
ACTS = 25

ROUTED = HOTLINE | {"department": "HW"}
BY_WEB = HOTLINE | {"source": "web", "point": {"lon": 120.005, "lat": 30.005, "system": "wgs84"}}
ONE_PHOTO = {"photos": REPORT["photos"][:1]}


class ServiceRequest(Walk):
    """Closed by the department itself, and never filed."""

    beginnings: tuple[Step, ...] = (
        ("acceptor", "report", ROUTED),
        ("acceptor", "report", HOTLINE),
        ("citizen", "report", BY_WEB),
        ("collector", "report", REPORT),
    )
    homeward = {
        "triage": ("dispatch", {"department": "HW"}),
        "open": ("start", {}),
        "in_progress": ("close", {"condition_met": True, "reply": "x"}),
        "awaiting_requester": ("answer", WORDS),
        "duplicate": ("unmerge", WORDS),
        "closed": ("archive", {}),
    }  # fmt: skip


class VerifiedFirst(Walk):
    """Nothing is filed that nobody has seen."""

    beginnings: tuple[Step, ...] = (
        ("acceptor", "report", HOTLINE),
        ("citizen", "report", HOTLINE | {"source": "web"}),
        ("collector", "report", REPORT),
    )
    homeward = {
        "reported": ("send_verify", {"collector": 2}),
        "verifying": ("verify_back", {"result": "exists", **ONE_PHOTO}),
        "disputed": ("send_verify", {"collector": 2}),
        "filed": ("dispatch", {"department": "HW"}),
        "in_disposal": ("feedback", {"collector": 2}),
        "checking": ("check_back", {"result": "pass"}),
        "closed": ("archive", {}),
    }  # fmt: skip


WALKERS: dict[str, type[Walk]] = {"service_request": ServiceRequest, "verified_first": VerifiedFirst}


@pytest.fixture(params=EXAMPLES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def loop_of(name: str, days: int = 0) -> Table:
    loop = read_table(example_text(name))
    return (
        loop.model_copy(update={"settings": loop.settings.model_copy(update={"reopen_days": days})}) if days else loop
    )


def test_each_reads_and_means_all_that_it_says(name: str) -> None:
    loop = loop_of(name)
    assert list(warnings(loop)) == []
    city = town()
    assert list(misfits(loop, Surroundings(city.calendars, STANDARD_POSTS, city.categories))) == []


def test_each_speaks_both_languages(name: str) -> None:
    def labels(part: object) -> list[Label]:
        if isinstance(part, Label):
            return [part]
        if isinstance(part, dict):
            return [label for one in part.values() for label in labels(one)]
        return []

    loop = loop_of(name)
    named = [label for section in type(loop).model_fields for label in labels(getattr(loop, section))]
    assert len(named) > 60
    for label in named:
        assert label.en.strip()
        assert label.en.isascii()
        assert any("一" <= sign <= "鿿" for sign in label.zh)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_can_be_drawn(name: str, language: str) -> None:
    loop = loop_of(name)
    assert list(faults(loop, lay_out(loop, language))) == []
    drawing = draw(loop, language)
    assert all(state.text(language) in drawing for state in loop.states.values())


def test_random_people_break_nothing_and_come_to_every_state(name: str) -> None:
    counts: Counter[str] = Counter()
    loop = loop_of(name, days=7)
    for seed in range(WALKS):
        walk = WALKERS[name](loop, counts)
        rng = random.Random(seed)
        while not walk.snapshot.state:
            walk.step(rng)
        walk.wander(rng, ACTS)
        walk.go_home()
    assert {code for code in loop.states if counts[f"state {code}"]} == set(loop.states)
    assert {code for code in loop.actions if counts[f"action {code}"]} == set(loop.actions)
    assert counts["refused"] > counts["acts"] / 20


def test_an_example_of_another_name_is_refused() -> None:
    with pytest.raises(NotFound, match="service_request, verified_first"):
        example_text("../default")
