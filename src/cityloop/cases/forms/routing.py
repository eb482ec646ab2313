"""A routing rule as its form shows it and sends it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.http import QueryDict

from cityloop.cases.queries.routing_words import clock
from cityloop.cases.rules.routing import MOST_NOTE, Rule, is_big_key
from cityloop.cases.rules.routing_sheet import read_hours, read_number, read_season, read_words
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, listed

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form sent: the rule as far as it can be read, the texts as they were typed, and why some could not be taken."""

    rule: Rule
    texts: Mapping[str, str]
    wrong: Mapping[str, str]


def texts_of(rule: Rule) -> dict[str, str]:
    """Return a rule's texts as its form shows them."""
    return {
        "hours": "-".join(map(clock, rule.hours)) if rule.hours else "",
        "season": "~".join(rule.season) if rule.season else "",
        "words": "、".join(rule.words),
        "priority": str(rule.priority or ""),
        "note": rule.note,
    }


def rule_of(sent: QueryDict, n: int) -> Typed:
    """Return the rule that a form sent."""
    wrong: dict[str, str] = {}

    def read(name: str, how: Callable[[str], Value], blank: Value) -> Value:
        text = sent.get(name, "").strip()
        try:
            return how(text) if text else blank
        except ValueError as exc:
            wrong[name] = str(exc)
            return blank

    hours: tuple[int, int] | None = None
    season: tuple[str, str] | None = None
    words: tuple[str, ...] = ()
    level = sent.get("level", "")
    if level not in {"street", "community", "grid"}:
        level = ""
    areas = _chosen(sent, f"areas.{level}") if level else ()
    lead = sent.get("department", "").strip()
    if not lead:
        wrong["department"] = _("is missing")
    classes = _chosen(sent, "classes")
    if len({is_big_key(key) for key in classes}) > 1:
        wrong["classes"] = _("small and big classes in one rule: make two")
    rule = Rule(
        n=n,
        department=lead[:40],
        co_departments=tuple(code for code in _chosen(sent, "co_departments") if code != lead),
        classes=classes,
        kind=sent.get("kind", "") if sent.get("kind") in {"part", "event"} else "",
        owners=_chosen(sent, "owners"),
        keepers=_chosen(sent, "keepers"),
        areas=areas,
        level=level if areas else "",
        sources=_chosen(sent, "sources"),
        hours=read("hours", read_hours, hours),
        weekdays=tuple(sorted({int(day) for day in sent.getlist("weekdays") if day in set("1234567")})),
        season=read("season", read_season, season),
        words=read("words", read_words, words),
        priority=read("priority", read_number, 0),
        note=sent.get("note", "").strip()[:MOST_NOTE],
    )
    typed = {name: sent.get(name, "")[:500] for name in ("hours", "season", "words", "priority", "note")}
    return Typed(rule, typed, wrong)


def _chosen(sent: QueryDict, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code[:64] for code in sent.getlist(name) if code.strip()))


def wrong_of(exc: CityError) -> dict[str, str]:
    """Return why a rule was not kept, by field; what belongs to none stands under ``""``."""
    found: dict[str, list[str]] = {}
    for fault in exc.faults:
        found.setdefault(fault.field, []).append(fault.why)
    return {name: listed(whys) for name, whys in found.items()} or {"": exc.message}
