"""What came of trying a table, in words: for the terminal and the console."""

from collections.abc import Iterator, Mapping
from typing import Any

from cityloop.cases.queries.tables import Standing
from cityloop.cases.rules.table import Table
from cityloop.cases.rules.trying import Why
from cityloop.kernel.shares import tenths
from cityloop.kernel.translation import _, listed, noop

STANDING_WORDS: Mapping[Standing, str] = {
    Standing.DRAFT: noop("draft"),
    Standing.PLANNED: noop("planned"),
    Standing.IN_FORCE: noop("in force now"),
    Standing.PAST: noop("over"),
}

WHY_WORDS: Mapping[Why, str] = {
    Why.NO_ACTION: noop("there is no such action"),
    Why.STATE: noop("not possible in this state"),
    Why.POST: noop("not by this post: %(detail)s"),
    Why.NEED: noop("asks for what was not sent, or not so: %(detail)s"),
    Why.GUARD: noop("a condition refuses it: %(detail)s"),
}


def trial_lines(tally: Mapping[str, Any], own: Table, other: Table) -> Iterator[str]:
    """Yield what ``tally`` (``Tally.to_json``) says, line by line.

    Args:
        own: The table in force, for the names of what the other does not know.
        other: The table that was tried.
    """
    words = _Words(own, other)
    cases = f"{tally['cases']:,}"
    yield _("%(count)s of %(cases)s would have gone elsewhere.") % {"count": f"{tally['elsewhere']:,}", "cases": cases}
    for line in tally["elsewhere_by"]:
        said = {name: words.state(line[name]) for name in ("from", "was", "would_be")}
        said |= {
            "action": words.action(line["action"]),
            "cases": f"{line['cases']:,}",
            "examples": listed(line["examples"]),
        }
        yield (
            "  "
            + _("%(cases)s: “%(action)s” from “%(from)s” led to “%(was)s”, would lead to “%(would_be)s” (%(examples)s)")
            % said
        )
    yield _("%(count)s of %(cases)s would have met an act that is not possible.") % {
        "count": f"{tally['impossible']:,}",
        "cases": cases,
    }
    for line in tally["impossible_by"]:
        said = {"action": words.action(line["action"]), "state": words.state(line["state"])}
        said |= {"cases": f"{line['cases']:,}", "examples": listed(line["examples"]), "why": words.why(line)}
        yield "  " + _("%(cases)s: “%(action)s” from “%(state)s”: %(why)s (%(examples)s)") % said
    yield _("%(count)s of %(cases)s would have gone the same way.") % {
        "count": f"{tally['unchanged']:,}",
        "cases": cases,
    }
    if tally["untold"]:
        yield _("%(count)s of %(cases)s cannot be told: what their own table asks has changed since (%(actions)s).") % {
            "count": f"{tally['untold']:,}",
            "cases": cases,
            "actions": listed(f"{words.action(code)} {count:,}" for code, count in tally["untold_by"].items()),
        }
    yield _("Other deadlines: %(count)s cases.") % {"count": f"{tally['other_deadlines']:,}"}
    for stage, counted in tally["stages"].items():
        if line := words.deadlines(stage, counted):
            yield f"  {line}"


class _Words:
    """Names of states, actions and clocks by either table."""

    def __init__(self, own: Table, other: Table) -> None:
        self.tables = (other, own)

    def state(self, code: str) -> str:
        return self._name("states", code) if code else _("New case")

    def action(self, code: str) -> str:
        return self._name("actions", code)

    def _name(self, section: str, code: str) -> str:
        known = (getattr(table, section).get(code) for table in self.tables)
        return next((row.words for row in known if row is not None), code)

    def why(self, line: Mapping[str, Any]) -> str:
        why, detail = Why(line["why"]), line["detail"]
        return _(WHY_WORDS[why]) % {"detail": self._name("posts", detail) if why is Why.POST else detail or "–"}

    def deadlines(self, stage: str, counted: Mapping[str, Any]) -> str:
        moved = {name: counted[name] for name in ("earlier", "later", "gone", "added")}
        shares = [_share(on_time, ended) for on_time, ended in zip(counted["on_time"], counted["ended"], strict=True)]
        if not any(moved.values()) and shares[0] == shares[1]:
            return ""
        words = {
            "earlier": _("%(count)s earlier"), "later": _("%(count)s later"), "gone": _("%(count)s no more"),
            "added": _("%(count)s new"),
        }  # fmt: skip
        told = listed(words[name] % {"count": f"{count:,}"} for name, count in moved.items() if count)
        return _("%(clock)s: %(moved)s; on time %(before)s before, %(after)s after") % {
            "clock": self._name("clocks", stage),
            "moved": told or "–",
            "before": shares[0],
            "after": shares[1],
        }


def _share(on_time: int, ended: int) -> str:
    return f"{tenths(on_time, ended)}% ({on_time:,} / {ended:,})" if ended else "–"
