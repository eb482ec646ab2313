"""What somebody should know before they act: what is asked of them and for how long, where the case should go, what follows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from cityloop.cases.queries.before import before_last
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.held import events_of, names_in, texts_of
from cityloop.cases.queries.privacy import Reporter, actor_name, may_know_reporter
from cityloop.cases.queries.routing_words import Suggestion
from cityloop.cases.queries.said import flag_words, label_of, needs_of, value_words
from cityloop.cases.queries.suggestions import Load, loads, suggest
from cityloop.cases.queries.told import person_words
from cityloop.cases.queries.wording import Wording, duration
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.dues import dues
from cityloop.cases.rules.engine import perform_pure
from cityloop.cases.rules.parties import NO_FACTS, Facts
from cityloop.cases.rules.permission import levels_of
from cityloop.cases.rules.routing_facts import CO_DEPARTMENTS, DEPARTMENT, is_routed
from cityloop.cases.rules.table import Action, Table
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _

Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AboutAct:
    """What stands at the top of an act's form.

    Args:
        asked: Label and words: who asked for what, why, for how long; who sent the case here and what they said.
        follows: What taking it would do to the deadlines, label and words; empty where it cannot be known yet.
        follows_for: Name of the department for which that was counted; ``""`` where the act sends the case to none.
        suggestion: Where the case should go; None where the act sends it nowhere.
        loads: What lies with each department, in words, by code.
    """

    asked: Sequence[Line] = ()
    follows: Sequence[Line] = ()
    follows_for: str = ""
    suggestion: Suggestion | None = None
    loads: Mapping[str, str] = field(default_factory=dict)


def about_act(found: Found, action: Action, typed: Mapping[str, Any] | None = None) -> AboutAct:
    """Return what to know before taking ``action``: two queries for what was said before, unless it was read with the case; a dispatch has three more.

    Args:
        typed: What was typed already: what follows is then counted for the departments in it, not for those suggested.
    """
    wording = Wording(Words(found.loop, found.city), {})
    suggestion = suggest(found) if is_routed(action) else None
    given = dict(suggested_inputs(suggestion)) if suggestion else {}
    if suggestion and typed is not None:
        given = {name: typed[name] for name in (DEPARTMENT, CO_DEPARTMENTS) if name in typed}
    follows = [*_follows(found, action, given, wording), *_if_granted(found, action, wording)]
    return AboutAct(
        asked=list(_asked(found, action, wording)),
        follows=follows,
        follows_for=_named(wording, given),
        suggestion=suggestion,
        loads={code: load_words(one) for code, one in loads(found.city).items()} if suggestion else {},
    )


def follows_for(found: Found, action: Action, department: str) -> AboutAct:
    """Return only what follows where a case is sent to ``department``, a code; nothing where the act chooses none."""
    wording = Wording(Words(found.loop, found.city), {})
    if not is_routed(action):
        return AboutAct()
    given = {DEPARTMENT: department}
    return AboutAct(follows=list(_follows(found, action, given, wording)), follows_for=_named(wording, given))


def _named(wording: Wording, given: Mapping[str, Any]) -> str:
    """Return the name of the department that is given; ``""`` for none, or where there is none of this code."""
    named = wording.words.department(str(given.get(DEPARTMENT, "")))
    return named.name if named else ""


def suggested_inputs(suggestion: Suggestion) -> dict[str, Any]:
    """Return a suggestion as inputs of an action; nothing where there is no department to suggest, or where it has returned the case.

    Such a case goes to it again by somebody's choice alone.
    """
    if suggestion.returned_by:
        return {}
    given: dict[str, Any] = {DEPARTMENT: suggestion.department} if suggestion.department else {}
    if suggestion.co_departments:
        given[CO_DEPARTMENTS] = list(suggestion.co_departments)
    return given


def load_words(load: Load) -> str:
    """Return what lies with a department, in words."""
    if load.late:
        return _("%(count)d in hand, %(late)d overdue") % {"count": load.open, "late": load.late}
    return _("%(count)d in hand") % {"count": load.open}


# --- what is asked


def _asked(found: Found, action: Action, wording: Wording) -> Iterator[Line]:
    yield from _to_confirm(found, action, wording)
    if action.finishes:
        opening = [one.code for one in found.loop.actions.values() if _opens(one, action.finishes)]
        yield from _event(found, opening, wording, {})
        return
    if action.decides is not None:
        yield from _application(found, action.decides.application, wording)
    elif found.snapshot.state in action.from_states and len(action.from_states) <= FEW_STATES:
        yield from _how_it_came(found, wording)


def _to_confirm(found: Found, action: Action, wording: Wording) -> Iterator[Line]:
    """Yield what is confirmed by a tick that must be set: the closing condition, and what the check found."""
    if not any(need.must_be for need in action.needs.values()):
        return
    if closing := wording.words.closing(found.row.condition):
        yield _("Closing condition"), closing
    checked = found.loop.flag("check")
    if result := found.snapshot.flags.get(checked):
        yield wording.words.flag(checked).name, flag_words(checked, result, wording)


def _opens(action: Action, kind: str) -> bool:
    return action.opens_task is not None and action.opens_task.kind == kind


FEW_STATES = 4
"""An action that leads from more states than these is none that answers what somebody did before."""


def _application(found: Found, code: str, wording: Wording) -> Iterator[Line]:
    pending, loop = found.snapshot.applications.get(code), found.loop
    if pending is None:
        return
    application, levels = loop.applications[code], levels_of(loop, code, pending)
    opening = [one.code for one in loop.actions.values() if one.opens and one.opens.application == code]
    name = wording.words.label(application)
    if most := _most(found, opening):
        granted = found.snapshot.values.get("granted", {}).get(code, 0)
        name = _("%(name)s, number %(n)d of %(most)d") % {"name": name, "n": granted + 1, "most": most}
    if len(levels) > 1:
        at = {"name": name, "level": pending["level"] + 1, "of": len(levels)}
        name = _("%(name)s; decision %(level)d of %(of)d") % at
    yield _("What is asked for"), name
    yield from _event(found, opening, wording, {"person": pending["by"], "post": pending["post"]})
    for stage, clock in found.snapshot.clocks.items():
        if clock.since is not None and not clock.until and _extends(found, code, stage):
            yield _("Original limit"), duration(clock.limit_s)


def _most(found: Found, opening: Sequence[str]) -> int:
    """Return how often an application may be granted; 0 where nothing says so."""
    guards = (guard for code in opening for guard in found.loop.actions[code].guards if guard.name == "at_most")
    return next((int(guard.argument["count"]) for guard in guards), 0)


def _extends(found: Found, application: str, stage: str) -> bool:
    return any(
        stage in one.clocks and one.clocks[stage].extend
        for one in found.loop.actions.values()
        if one.decides and one.decides.application == application
    )


def _how_it_came(found: Found, wording: Wording) -> Iterator[Line]:
    """Yield what was said with the act that brought the case into its state, where somebody said or gave anything."""
    leading = [
        one.code
        for one in found.loop.actions.values()
        if not one.creates and any(target.state == found.snapshot.state for target in one.to)
    ]
    yield from _event(found, leading, wording, None)


def _event(found: Found, actions: Sequence[str], wording: Wording, by: Mapping[str, Any] | None) -> Iterator[Line]:
    """Yield the last event of some actions in words: who, when, with what. Of the staff alone: no reporter's own text."""
    row = next((one for one in reversed(events_of(found)) if one.action in actions), None)
    if row is None or (by is None and row.to_state != found.snapshot.state):
        return
    texts = {one.field: one.text for one in texts_of(found) if one.seq == row.seq and not one.personal}
    inputs, needs = orjson.loads(row.body).get("in", {}), needs_of(found.loop, row.action)
    if by is None and not texts:
        return
    names = names_in(found, {row.person})
    name = actor_name(found.loop, row.post, row.person, names, knows=may_know_reporter(found))
    who = " · ".join(filter(None, (person_words(name), wording.words.post(row.post).name)))
    yield wording.words.action(row.action).name, f"{who} · {wording.when(row.at)}"
    for key, value in inputs.items():
        yield label_of(key), value_words(value, needs.get(key), wording)
    for key, text in texts.items():
        yield label_of(key), _("erased") if text is None else text


# --- who is called back


def calls_back(loop: Table, action: Action) -> bool:
    """Return whether taking ``action`` means that whoever reported was spoken with."""
    told = loop.flag("satisfaction")
    return any(change.flag == told and change.operation == "copy" for change in action.flags)


def caller_lines(found: Found, said: Reporter | None) -> Iterator[Line]:
    """Yield whom to call, and what they were answered before, the latest last; the latter stays with the staff and them.

    Args:
        said: Who called, after a look that is written down (``actions.looking.look_at_reporter``); None is nobody, or not to be known.
    """
    if said is not None:
        yield _("To call back"), " · ".join(filter(None, (said.name, said.phone))) or _("No phone is known")
    wording = Wording(Words(found.loop, found.city), {})
    at = {one.seq: one.at for one in events_of(found)}
    for one in texts_of(found):
        if one.field in found.loop.public_sees.inputs:
            yield (
                _("Answered %(when)s") % {"when": wording.when(at[one.seq])},
                _("erased") if one.text is None else one.text,
            )


# --- what follows


def _follows(found: Found, action: Action, given: Mapping[str, Any], wording: Wording) -> Iterator[Line]:
    """Yield the deadlines that would come, by the loop itself: nothing is written, and what is refused tells nothing."""
    flags = {name: True for name, need in action.needs.items() if need.type == "flag" and need.must_be}
    wanted = {name: value for name, value in given.items() if name in action.needs}
    facts = NO_FACTS
    if action.restores:
        facts = Facts(previous=before_last(found.row.id, found.loop, found.snapshot))
    try:
        outcome = perform_pure(
            found.loop,
            found.snapshot,
            action.code,
            wanted | flags,
            actor=found.viewer,
            city=found.city,
            now=found.now,
            facts=facts,
        )
    except CityError:
        return
    if (action.decides is not None or action.restores) and outcome.after.state != found.snapshot.state:
        yield _("The case is then"), wording.words.state(outcome.after.state).name
    before, after = dues(found.loop, found.snapshot, found.city), dues(found.loop, outcome.after, found.city)
    for stage, due in after.items():
        held = before.get(stage)
        if due.due is None or (held is not None and held.due == due.due):
            continue
        label = _("%(clock)s then due") % {"clock": wording.words.clock(stage).name}
        now = wording.when(due.due)
        if held is not None and held.due is not None:
            now = _("%(after)s, until now %(before)s") % {"after": now, "before": wording.when(held.due)}
        yield label, now


def _if_granted(found: Found, action: Action, wording: Wording) -> Iterator[Line]:
    """Yield who decides on what is applied for, one level after the other, and the deadlines that would come if they grant it."""
    if action.opens is None:
        return
    loop, code = found.loop, action.opens.application
    mine = [held.post for held in found.viewer.posts]
    post = next((permit.post for permit in action.by if permit.post in mine), "")
    posts = [
        _(" or ").join(wording.words.post(one).name for one in level.by)
        for level in levels_of(loop, code, {"post": post})
    ]
    if posts:
        yield _("Who has to decide"), " → ".join(posts)
    extended = dict(found.snapshot.clocks)
    for one in loop.actions.values():
        if one.decides is not None and one.decides.application == code and one.decides.grant is not False:
            longer = {stage: rule.extend for stage, rule in one.clocks.items() if rule.extend and stage in extended}
            extended |= {stage: extended[stage].extend(n * extended[stage].limit_s) for stage, n in longer.items()}
    before = dues(loop, found.snapshot, found.city)
    for stage, due in dues(loop, found.snapshot._replace(clocks=extended), found.city).items():
        held = before.get(stage)
        if due.due is None or held is None or held.due is None or held.due == due.due:
            continue
        named = {"after": wording.when(due.due), "before": wording.when(held.due)}
        yield (
            _("%(clock)s due if it is granted") % {"clock": wording.words.clock(stage).name},
            _("%(after)s, until now %(before)s") % named,
        )
