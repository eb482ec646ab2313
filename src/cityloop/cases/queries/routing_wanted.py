"""Which rules of a version are looked for, and a page of them: there may be a thousand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cityloop.cases.queries.routing_words import RuleWords
from cityloop.cases.rules.routing import Routing, Rule

PAGE = 100
"""Rules of one page."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rules are looked for: a word in them, a department, a class, an area; ``""`` asks for all.

    Args:
        page: Counted from 1; what lies beyond the last is the last.
        rule: The page with this rule is asked for; 0 for none.
    """

    text: str = ""
    department: str = ""
    category: str = ""
    area: str = ""
    page: int = 1
    rule: int = 0

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen, by field."""
        named = {name: getattr(self, name) for name in ("text", "department", "category", "area")}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class RulePage:
    """Some of the rules that are looked for, in the order in which they are asked.

    Args:
        first: Place of the first one, counted from 1; 0 of none.
        count: How many are looked for in all.
        before: The page before, None on the first; ``after`` likewise.
    """

    rules: Sequence[Rule]
    page: int
    first: int
    count: int
    before: int | None
    after: int | None

    @property
    def last(self) -> int:
        return self.first + len(self.rules) - 1 if self.rules else 0


def rule_page(rules: Iterable[Rule], wanted: Wanted, say: RuleWords) -> RulePage:
    """Return the page of rules that is asked for, the most specific first."""
    found = Routing(rule for rule in rules if _is_wanted(rule, wanted, say)).rules
    pages = max(1, -(-len(found) // PAGE))
    asked = next((place // PAGE + 1 for place, rule in enumerate(found) if rule.n == wanted.rule), wanted.page)
    page = min(max(1, asked), pages)
    shown = found[(page - 1) * PAGE : page * PAGE]
    first = (page - 1) * PAGE + 1 if shown else 0
    return RulePage(shown, page, first, len(found), page - 1 if page > 1 else None, page + 1 if page < pages else None)


def _is_wanted(rule: Rule, wanted: Wanted, say: RuleWords) -> bool:
    return (
        (not wanted.department or wanted.department in (rule.department, *rule.co_departments))
        and (not wanted.category or any(_touches(wanted.category, key) for key in rule.classes))
        and (not wanted.area or any(_touches(wanted.area, code) for code in rule.areas))
        and (not wanted.text or wanted.text.casefold() in f"{say.rule(rule)} {rule.note}".casefold())
    )


def _touches(one: str, other: str) -> bool:
    """Return whether two codes are one, or one of them lies in the other."""
    return one.startswith(other) or other.startswith(one)
