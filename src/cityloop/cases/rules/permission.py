"""Who may take an action, in which post, and what stands against it now."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cityloop.cases.rules.guards import GUARDS, Moment
from cityloop.cases.rules.parties import Actor, City, Facts, HeldPost
from cityloop.cases.rules.snapshot import Snapshot
from cityloop.cases.rules.table import HOLDS_TASK, Action, Level, Permit, Table
from cityloop.kernel.errors import Conflict, NotAllowed
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


def acting_post(table: Table, snapshot: Snapshot, action: Action, actor: Actor, city: City) -> tuple[str, int | None]:
    """Return the post in which ``actor`` takes ``action``, and whom they act for as a deputy.

    Raises:
        NotAllowed: None of the posts held may, in this state and for this case.
        Conflict: There is no application to decide on.
    """
    level = level_to_decide(table, snapshot, action) if action.decides else None
    if actor.is_system:
        if level is None and action.by_system:
            return "system", None
        raise NotAllowed(_("The system does not take “%(action)s” by itself.") % {"action": action.words})
    if action.by and all(permit.post == "system" for permit in action.by):
        raise NotAllowed(_("The system does this by itself when its time has come."), action=action.code)
    permits: Iterable[Permit] = action.by if level is None else [Permit(post=post) for post in level.by]
    for permit in permits:
        if permit.state and permit.state != snapshot.state:
            continue
        for held in actor.posts:
            if held.post == permit.post and _stands_to(table, snapshot, permit, held, actor, city):
                if level is not None:
                    _check_other_person(snapshot, action, level, actor, city)
                return held.post, held.deputy_for
    posts = listed(dict.fromkeys(table.posts[p.post].words for p in permits if p.post in table.posts))
    raise NotAllowed(
        _("“%(action)s” belongs to: %(posts)s. None of your posts may do it for this case.")
        % {"action": action.words, "posts": posts or "–"},
        action=action.code,
    )


def _stands_to(table: Table, snapshot: Snapshot, permit: Permit, held: HeldPost, actor: Actor, city: City) -> bool:
    post = table.posts[permit.post]
    # A report goes to the innermost city that contains its point: whoever reports for the city above may make it there.
    reaches_down = post.superior or not snapshot.state
    if held.jurisdiction != city.code and not (reaches_down and city.code in held.below):
        return False
    within = permit.within or post.within
    if not within or not snapshot.state:
        return True
    # A deputy acts on what was given to the absent person, and on what was given to the deputy meanwhile.
    persons = {actor.user_id, held.deputy_for or actor.user_id}
    values = snapshot.values
    if within == "department":
        return covers(held, values.get("department"), city)
    if within == HOLDS_TASK:
        return any(task.clock and task.post == held.post for task in snapshot.tasks.values())  # a decision is no stage
    if within == "co_department":
        return any(covers(held, code, city) for code in values.get("co_departments", ()))
    if within == "assigned_handler":
        return values.get("handler", actor.user_id) in persons and covers(held, values.get("department"), city)
    if within == "assigned_collector":
        return values.get("collector", actor.user_id) in persons
    return values.get("reporter_user") in persons


def covers(held: HeldPost, department_code: str | None, city: City) -> bool:
    department = city.department(department_code or "")
    return department is not None and bool(held.department_path) and department.path.startswith(held.department_path)


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
        moment = Moment(snapshot, names, city.calendar, now, actor, city.others_hold, facts.restricted)
        for guard in action.guards:
            if why := GUARDS[guard.name](moment, guard.argument):
                return why
    return ""


def why_not_withdrawn(table: Table, snapshot: Snapshot, names: Mapping[str, Any], actor: Actor, now: datetime) -> str:
    """Return why the last act cannot be taken back, or ""."""
    last = snapshot.last
    if last is None or not table.actions[last.action].withdrawable:
        return _("the last act cannot be taken back")
    if last.person != actor.user_id:
        return _("somebody else has acted since")
    if now > last.at + timedelta(minutes=names["withdraw_minutes"]):
        return _("too long ago: an act can be taken back for %(minutes)d minutes") % {
            "minutes": names["withdraw_minutes"]
        }
    return ""
