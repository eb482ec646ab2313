"""Random people do random things: what must never happen does not happen, and every state is come to.

``CITYLOOP_SOAK=1`` walks much longer here; ``tests/soak/machine.py`` walks for as long as one likes.
"""

import os
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from cases.rules.story import STATES
from cases.rules.town import MANHOLE, everybody, table
from cases.rules.walk import Walk
from cityloop.kernel.errors import CityError

SEEDS = st.integers(0, 2**32 - 1)
EXAMPLES = 2_000 if os.environ.get("CITYLOOP_SOAK") == "1" else 450
ACTS = 25


class Loop(RuleBasedStateMachine):
    """One case under some city's settings."""

    counts: Counter[str] = Counter()

    @initialize(signing=st.booleans(), checked=st.booleans(), two=st.booleans(), seed=SEEDS)
    def begins(self, signing: bool, checked: bool, two: bool, seed: int) -> None:
        loop = table(signing=signing, self_report_checked=checked, second_person=two, fast_classes=(MANHOLE,))
        self.walk = Walk(loop, self.counts)
        self.walk.step(random.Random(seed))

    @rule(seed=SEEDS, acts=st.integers(1, 12))
    def people_act(self, seed: int, acts: int) -> None:
        self.walk.wander(random.Random(seed), acts)

    @rule(seed=SEEDS)
    def anybody_tries_anything(self, seed: int) -> None:
        self.walk.stumble(random.Random(seed))

    @rule(minutes=st.integers(0, 30_000))
    def time_passes(self, minutes: int) -> None:
        self.walk.wait(minutes)

    @precondition(lambda self: self.walk.table.states[self.walk.snapshot.state].final)
    @rule()
    def nothing_leads_on_from_an_end(self) -> None:
        for code in self.walk.table.actions:
            if code == "withdraw":
                continue
            before = self.walk.snapshot
            with pytest.raises(CityError):
                self.walk.act(everybody(), code)
            assert self.walk.snapshot is before

    def teardown(self) -> None:
        self.walk.go_home()


@pytest.mark.long
def test_random_people_break_nothing_and_come_to_every_state() -> None:
    Loop.counts.clear()
    run_state_machine_as_test(
        Loop,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=ACTS,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    reached = {name.removeprefix("state ") for name in Loop.counts if name.startswith("state ")}
    assert reached == set(STATES)
    taken = {name.removeprefix("action ") for name in Loop.counts if name.startswith("action ")}
    assert taken == set(table().actions)
    assert Loop.counts["refused"] > Loop.counts["acts"] / 10, "refusals are tried too"
