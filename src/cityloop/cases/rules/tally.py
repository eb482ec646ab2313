"""What came of trying a table on many cases: counts that add up, whoever counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cityloop.cases.rules.trying import Hindrance, Round, Rounds, Tried, Turn

EXAMPLES = 3
"""Case numbers named with each line."""

LONGEST = 200
"""Lines of one kind that a report names; the rest is counted together."""


@dataclass(slots=True)
class StageCount:
    """The deadlines of one stage, each run of its clock counted once, of the cases that were told to their end.

    ``gone`` and ``added`` are deadlines that only one of the tables sets; ``ended`` and ``on_time`` come first of the
    cases' own tables, then of the one tried.
    """

    same: int = 0
    earlier: int = 0
    later: int = 0
    gone: int = 0
    added: int = 0
    ended: list[int] = field(default_factory=lambda: [0, 0])
    on_time: list[int] = field(default_factory=lambda: [0, 0])

    def count(self, was: Round | None, would_be: Round | None) -> None:
        for side, one in enumerate((was, would_be)):
            if one is not None and (is_on_time := one.is_on_time) is not None:
                self.ended[side] += 1
                self.on_time[side] += is_on_time
        before, after = (one.due if one else None for one in (was, would_be))
        if before == after:
            self.same += 1
        elif before is None:
            self.added += 1
        elif after is None:
            self.gone += 1
        elif after < before:
            self.earlier += 1
        else:
            self.later += 1

    def add(self, other: "StageCount") -> None:
        for name in ("same", "earlier", "later", "gone", "added"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.ended = [a + b for a, b in zip(self.ended, other.ended, strict=True)]
        self.on_time = [a + b for a, b in zip(self.on_time, other.on_time, strict=True)]


@dataclass(slots=True)
class Tally:
    """Counts of cases: each is unchanged, elsewhere, impossible or untold, by the first thing that would have been other."""

    cases: int = 0
    acts: int = 0
    unchanged: int = 0
    other_deadlines: int = 0
    elsewhere: Counter[Turn] = field(default_factory=Counter)
    impossible: Counter[Hindrance] = field(default_factory=Counter)
    untold: Counter[str] = field(default_factory=Counter)
    stages: dict[str, StageCount] = field(default_factory=dict)
    examples: dict[Turn | Hindrance, list[str]] = field(default_factory=dict)

    def count(self, number: str, acts: int, case: Tried) -> None:
        self.cases += 1
        self.acts += acts
        if not case.is_told:
            self.untold[
                case.was.stopped.action if case.was.stopped else case.was.turn.action if case.was.turn else ""
            ] += 1
            return
        told = case.would_be
        if told.turn is not None:
            self.elsewhere[told.turn] += 1
            self._name(told.turn, number)
        elif told.stopped is not None:
            self.impossible[told.stopped] += 1
            self._name(told.stopped, number)
        else:
            self.unchanged += 1
        if told.stopped is None:
            self._compare(case.was.rounds, told.rounds)

    def add(self, other: "Tally") -> None:
        self.cases += other.cases
        self.acts += other.acts
        self.unchanged += other.unchanged
        self.other_deadlines += other.other_deadlines
        self.elsewhere.update(other.elsewhere)
        self.impossible.update(other.impossible)
        self.untold.update(other.untold)
        for stage, counted in other.stages.items():
            self.stages.setdefault(stage, StageCount()).add(counted)
        for what, numbers in other.examples.items():
            for number in numbers:
                self._name(what, number)

    def _name(self, what: Turn | Hindrance, number: str) -> None:
        named = self.examples.setdefault(what, [])
        if len(named) < EXAMPLES:
            named.append(number)

    def _compare(self, was: Rounds, would_be: Rounds) -> None:
        self.other_deadlines += any(
            (was[key].due if key in was else None) != (would_be[key].due if key in would_be else None)
            for key in was.keys() | would_be.keys()
        )
        for key in sorted(was.keys() | would_be.keys()):
            self.stages.setdefault(key[0], StageCount()).count(was.get(key), would_be.get(key))

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain data, the most frequent first.

        Returns:
            ``{"cases", "acts", "unchanged", "other_deadlines", "elsewhere", "impossible", "untold": counts of cases,
            "elsewhere_by": [{"action", "from", "was", "would_be", "cases", "examples"}, …],
            "impossible_by": [{"action", "state", "why", "detail", "cases", "examples"}, …],
            "untold_by": {action: cases},
            "stages": {stage: {"same", "earlier", "later", "gone", "added": deadlines, "ended": [before, after],
            "on_time": [before, after]}}}``
        """
        return {
            "cases": self.cases,
            "acts": self.acts,
            "unchanged": self.unchanged,
            "other_deadlines": self.other_deadlines,
            "elsewhere": self.elsewhere.total(),
            "impossible": self.impossible.total(),
            "untold": self.untold.total(),
            "elsewhere_by": [
                {"action": turn.action, "from": turn.from_state, "was": turn.was, "would_be": turn.would_be}
                | {"cases": cases, "examples": self.examples[turn]}
                for turn, cases in _ordered(self.elsewhere)
            ],
            "impossible_by": [
                {"action": one.action, "state": one.state, "why": one.why.value, "detail": one.detail}
                | {"cases": cases, "examples": self.examples[one]}
                for one, cases in _ordered(self.impossible)
            ],
            "untold_by": dict(self.untold.most_common(LONGEST)),
            "stages": {
                stage: {
                    "same": one.same, "earlier": one.earlier, "later": one.later, "gone": one.gone, "added": one.added,
                    "ended": one.ended, "on_time": one.on_time,
                }
                for stage, one in self.stages.items()
            },
        }  # fmt: skip


def _ordered(counted: Mapping[Any, int]) -> list[tuple[Any, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:LONGEST]
