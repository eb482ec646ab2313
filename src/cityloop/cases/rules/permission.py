"""Who may take an action, in which post, and what stands against it now."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cityloop.cases.rules.guards import Moment, why_refused
from cityloop.cases.rules.parties import Actor, City, Facts, HeldPost
from cityloop.cases.rules.snapshot import Snapshot
from cityloop.cases.rules.table import HOLDS_TASK, Action, Level, Permit, Table
from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotAllowed
from cityloop.kernel.translation import _, listed


def check_state(table: Table, snapshot: Snapshot, action: Action) -> None:
    """Raise ``Conflict`` unless ``action`` leads from the state of ``snapshot``."""
    if action.creates:
        if snapshot.state:
            raise Conflict(_("This action makes a new case; it cannot be done on one."), action=action.code)
    elif snapshot.state not in action.from_states:
        state = table.states.get(snapshot.state)
        raise Conflict(
            _("“%(action)s” is not possible while the case is “%(state)s”.")
            % {"action": action.words, "state": state.words if state else snapshot.state},
            action=action.code,
            state=snapshot.state,
        )


def acting_post(
    table: Table, snapshot: Snapshot, action: Action, actor: Actor, city: City, source: Any = None
) -> tuple[str, int | None]:
    """Return the post in which ``actor`` takes ``action``, and whom they act for as a deputy.

    Args:
        source: What a report says that it came through: of several posts the one counts that may name it.
    Raises:
        NotAllowed: None of the posts held may, in this state and for this case.
        Conflict: There is no application to decide on.
        InvalidInput: One of them may, but none that reports through ``source``.
    """
    if action.decides and not actor.is_system:
        _check_ever_decides(table, action, actor)
    level = level_to_decide(table, snapshot, action) if action.decides else None
    if actor.is_system:
        if level is None and action.by_system:
            return "system", None
        raise NotAllowed(_("The system does not take “%(action)s” by itself.") % {"action": action.words})
    if action.by and all(permit.post == "system" for permit in action.by):
        raise NotAllowed(_("The system does this by itself when its time has come."), action=action.code)
    permits: Sequence[Permit] = action.by if level is None else [Permit(post=post) for post in level.by]
    is_open = isinstance(source, str) and action.creates and source in table.sources
    may, strange = False, False
    for permit in permits:
        if permit.state and permit.state != snapshot.state:
            continue
        for held in actor.posts:
            if held.post == permit.post and _stands_to(table, snapshot, action, permit, held, actor, city):
                may = True
                if is_open and not table.may_name(held.post, source):
                    strange = True
                    continue
                if level is not None:
                    _check_other_person(snapshot, action, level, actor, city)
                return held.post, held.deputy_for
    if may and strange:
        raise _strange_source(table, action, actor, source)
    raise NotAllowed(_why_none(table, snapshot, action, permits, actor, city), action=action.code)


def _check_ever_decides(table: Table, action: Action, actor: Actor) -> None:
    """Refuse who decides at no level before it is told whether there is anything to decide on."""
    assert action.decides is not None
    deciding = {post for level in table.applications[action.decides.application].levels for post in level.by}
    if not any(held.post in deciding for held in actor.posts):
        raise NotAllowed(
            _belongs_to(table, action, [code for code in table.posts if code in deciding]), action=action.code
        )


def sources_for(table: Table, action: Action, posts: Collection[str]) -> list[str]:
    """Return the sources that a holder of ``posts`` may name when they make a case by ``action``, the usual one first.

    What names one of their posts comes before what is open to all who report; among these the table's order counts.
    """
    acting = [permit.post for permit in action.by if permit.post in posts]
    may = [code for code in table.sources if any(table.may_name(post, code) for post in acting)]
    return sorted(may, key=lambda code: not table.sources[code].by)


def _strange_source(table: Table, action: Action, actor: Actor, source: str) -> InvalidInput:
    theirs = sources_for(table, action, {held.post for held in actor.posts})
    why = _("“%(source)s” is not for your posts to name; choose one of: %(options)s") % {
        "source": table.sources[source].words,
        "options": listed(table.sources[code].words for code in theirs) or "–",
    }
    fault = Fault("source", why, source)
    return InvalidInput(
        _("“%(action)s” cannot be done with what was sent: %(first)s")
        % {"action": action.words, "first": fault.told()},
        faults=[fault],
    )


def _belongs_to(table: Table, action: Action, posts: Iterable[str]) -> str:
    words = listed(dict.fromkeys(table.posts[post].words for post in posts if post in table.posts))
    return _("“%(action)s” belongs to: %(posts)s. None of your posts may do it for this case.") % {
        "action": action.words,
        "posts": words or "–",
    }


def _why_none(
    table: Table, snapshot: Snapshot, action: Action, permits: Sequence[Permit], actor: Actor, city: City
) -> str:
    """Return why none of the actor's posts may: what keeps the one that could, else whose act it is."""
    belongs = _belongs_to(table, action, [permit.post for permit in permits])
    here = [held for held in actor.posts if held.jurisdiction == city.code or city.code in held.below]
    for permit in permits:
        if permit.post not in table.posts or (permit.state and permit.state != snapshot.state):
            continue
        for held in here:
            if held.post == permit.post and (why := _what_keeps(table, snapshot, action, permit, held, city)):
                return why
    return belongs


def _what_keeps(table: Table, snapshot: Snapshot, action: Action, permit: Permit, held: HeldPost, city: City) -> str:
    """Return what keeps a post from the case that its action belongs to, or ""."""
    values = snapshot.values
    named = {"action": action.words, "post": table.posts[permit.post].words}
    within = permit.within or table.posts[permit.post].within
    if within == HOLDS_TASK:
        return _("“%(action)s” is for the “%(post)s” who has an open task here; you have none.") % named
    if within in {"department", "co_department"}:
        if any(covers(held, code, city) for code in values.get("co_departments_done", ())):
            return _("“%(action)s”: your department was a co-handler, and has reported its part done.") % named
        if any(covers(held, code, city) for code in values.get("co_departments", ())):
            lead = city.department(values.get("department") or "")
            return _("“%(action)s” belongs to the lead department, %(lead)s; yours is a co-handler here.") % {
                **named,
                "lead": lead.name if lead else "–",
            }
        if within == "co_department":
            return _("“%(action)s” is for co-handlers; your department is none here.") % named
        return _("“%(action)s” is for the department that has the case, and yours does not.") % named
    if within in {"assigned_handler", "assigned_collector"}:
        return _("“%(action)s” is for the “%(post)s” to whom the case was given.") % named
    return _("“%(action)s” is for who reported the case.") % named if within == "reporter" else ""


def _stands_to(
    table: Table, snapshot: Snapshot, action: Action, permit: Permit, held: HeldPost, actor: Actor, city: City
) -> bool:
    post = table.posts[permit.post]
    # A report goes to the innermost city that contains its point: whoever reports for the city above may make it there.
    reaches_down = post.superior or not snapshot.state
    if held.jurisdiction != city.code and not (reaches_down and city.code in held.below):
        return False
    if permit.within == HOLDS_TASK:
        # A decision is no stage: its task has no clock.
        has_task = any(task.clock and task.post == held.post for task in snapshot.tasks.values())
        return has_task and _within(post.within, snapshot, action, held, actor, city)
    return _within(permit.within or post.within, snapshot, action, held, actor, city)


def _within(within: str, snapshot: Snapshot, action: Action, held: HeldPost, actor: Actor, city: City) -> bool:
    if not within or not snapshot.state:
        return True
    # A deputy acts on what was given to the absent person, and on what was given to the deputy meanwhile.
    persons = {actor.user_id, held.deputy_for or actor.user_id}
    values = snapshot.values
    if within == "department":
        return covers(held, values.get("department"), city)
    if within == "co_department":
        # Whoever took part may still say something.
        done = values.get("co_departments_done", ()) if action.no_act else ()
        return any(covers(held, code, city) for code in (*values.get("co_departments", ()), *done))
    if within == "assigned_handler":
        if "handler" not in values:
            return covers(held, values.get("department"), city)
        return values["handler"] in persons and _is_kin(held, values.get("department"), city)
    if within == "assigned_collector":
        return values.get("collector", actor.user_id) in persons
    # Whoever has no account reported nothing by it: else nobody would be the reporter of all that nobody's account reported.
    return actor.user_id is not None and values.get("reporter_user") in persons


def covers(held: HeldPost, department_code: str | None, city: City) -> bool:
    department = city.department(department_code or "")
    return department is not None and bool(held.department_path) and department.path.startswith(held.department_path)


def _is_kin(held: HeldPost, department_code: str | None, city: City) -> bool:
    """Return whether a post's department is the named one, or a unit above or below it.

    So the one to whom work was given by name may do it, also where they belong to a unit of the responsible department.
    """
    department = city.department(department_code or "")
    if department is None or not held.department_path:
        return False
    return department.path.startswith(held.department_path) or held.department_path.startswith(department.path)


def level_to_decide(table: Table, snapshot: Snapshot, action: Action) -> Level:
    """Return the level whose turn it is to decide on the application that ``action`` decides on."""
    assert action.decides is not None
    pending = snapshot.applications.get(action.decides.application)
    if pending is None:
        raise Conflict(
            _("There is no application for “%(name)s” to decide on.")
            % {"name": table.applications[action.decides.application].words},
            action=action.code,
        )
    return levels_of(table, action.decides.application, pending)[int(pending["level"])]


def levels_of(table: Table, application: str, pending: Mapping[str, Any]) -> list[Level]:
    return [
        level
        for level in table.applications[application].levels
        if level.when.holds({"applicant_post": pending["post"]})
    ]


def _check_other_person(snapshot: Snapshot, action: Action, level: Level, actor: Actor, city: City) -> None:
    assert action.decides is not None
    applicant = snapshot.applications[action.decides.application]["by"]
    # In a county where one person holds every post nobody else could decide: then the rule gives way, and the event shows it.
    if level.other_person and applicant == actor.user_id and city.others_hold(level.by, actor.user_id):
        raise NotAllowed(_("A second person has to decide on this; you applied for it yourself."), action=action.code)


def known_names(table: Table, snapshot: Snapshot, actor: Actor) -> dict[str, Any]:
    """Return what conditions and needs may refer to before any input: settings, values, flags, ``public``, ``state``."""
    names = {**table.settings_names, **snapshot.values, **snapshot.flags}
    source = table.sources.get(snapshot.values.get("source", ""))
    names["public"] = source is not None and source.public
    names["state"] = snapshot.state
    names["is_system"] = actor.is_system
    return names


def refused_by(
    table: Table,
    snapshot: Snapshot,
    action: Action,
    names: Mapping[str, Any],
    city: City,
    actor: Actor,
    now: datetime,
    facts: Facts,
) -> str:
    """Return why a guard refuses ``action``, or "" where none does."""
    if action.opens is not None and action.opens.application in snapshot.applications:
        return _("the same application already waits for a decision")
    if action.restores:
        return why_not_withdrawn(table, snapshot, names, actor, now)
    if action.guards:
        moment = Moment(snapshot, names, city.calendar, now, actor, city.others_hold, facts.restricted, table)
        for guard in action.guards:
            if why := why_refused(moment, guard):
                return why
    if (
        action.finishes
        and action.finishes not in table.ordered_kinds
        and not own_tasks(table, snapshot, action, actor, city)
    ):
        return _("nothing of it is left to do for you")
    return ""


def own_tasks(table: Table, snapshot: Snapshot, action: Action, actor: Actor, city: City) -> dict[int, str]:
    """Return the open tasks that ``action`` finishes for ``actor``: numbers, each with its department's code.

    A task of a department is its people's; one of none is whoever's that may take the action.
    """
    return {
        number: task.department
        for number, task in snapshot.tasks.items()
        if task.kind == action.finishes
        if task.kind in table.ordered_kinds
        or not task.department
        or any(covers(held, task.department, city) for held in actor.posts)
    }


def why_not_withdrawn(table: Table, snapshot: Snapshot, names: Mapping[str, Any], actor: Actor, now: datetime) -> str:
    """Return why the last act cannot be taken back, or ""."""
    last = snapshot.last
    if last is None:
        return _("an act was taken back already, and more cannot be taken back")
    action = table.actions[last.action]
    if not action.withdrawable:
        return _("the last act was “%(last)s”, which cannot be taken back") % {"last": action.words}
    if last.person != actor.user_id:
        return _("the last act, “%(last)s”, was somebody else's: only who did it can take it back") % {
            "last": action.words
        }
    if now > last.at + timedelta(minutes=names["withdraw_minutes"]):
        return _("too long ago: an act can be taken back for %(minutes)d minutes") % {
            "minutes": names["withdraw_minutes"]
        }
    return ""
