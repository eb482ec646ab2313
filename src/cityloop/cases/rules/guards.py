"""Conditions that a table may put on an action, over the case's history and clocks.

Each guard returns why the action is refused, or "" where it may go on. It is given the case as it stands, the facts of the
moment and the argument that the table wrote.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from cityloop.cases.rules.clocks import Calendar, due_at, used
from cityloop.cases.rules.snapshot import Snapshot
from cityloop.cases.rules.table import Guard, Table
from cityloop.kernel.translation import _, listed


class Person(Protocol):
    """Who acts, as far as a guard cares."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def is_system(self) -> bool: ...


class Moment(NamedTuple):
    """What a guard may look at."""

    snapshot: Snapshot
    names: Mapping[str, Any]  # settings, values, flags, inputs, and facts such as ``public``
    calendar: Callable[[str, int], Calendar]
    now: datetime
    actor: Person
    others_hold: Callable[[tuple[str, ...], int | None], bool]
    restricted: str  # why the class may not be reported here and now; ""
    table: Table


def why_refused(moment: Moment, guard: Guard) -> str:
    """Return why ``guard`` refuses, in the table's own words where it has some; "" where it does not."""
    why = GUARDS[guard.name](moment, guard.argument)
    return guard.says.words if why and guard.says else why


def _unrestricted(moment: Moment, _argument: Any) -> str:
    return moment.restricted


def _before_due(moment: Moment, clock: str) -> str:
    running = moment.snapshot.clocks.get(clock)
    if running is None:
        return _("no such clock runs")
    due = due_at(running, moment.calendar(running.calendar, running.version))
    return _("only before the deadline, which has passed") if due is not None and due < moment.now else ""


def _after_due(moment: Moment, clock: str) -> str:
    running = moment.snapshot.clocks.get(clock)
    due = None
    if running is not None and running.since is not None:
        due = due_at(running, moment.calendar(running.calendar, running.version))
    return _("only after the deadline") if due is None or moment.now < due else ""


def _within_share(moment: Moment, argument: Mapping[str, str]) -> str:
    clock = moment.snapshot.clocks.get(argument["clock"])
    if clock is None:
        return ""
    share = timedelta(seconds=clock.limit_s * moment.names[argument["share"]])
    window = max(share, timedelta(minutes=moment.names[argument["least_minutes"]]))
    spent = used(clock, moment.calendar(clock.calendar, clock.version), moment.now)
    return _("the time in which this could be done is over") if spent > window else ""


def _at_most(moment: Moment, argument: Mapping[str, Any]) -> str:
    if moment.snapshot.flags.get(argument["flag"], 0) < argument["count"]:
        return ""
    return _("this was already done %(count)d times, the most there may be") % {"count": argument["count"]}


def _granted_at_most(moment: Moment, argument: Mapping[str, Any]) -> str:
    granted = moment.snapshot.values.get("granted", {}).get(argument["application"], 0)
    return "" if granted < argument["count"] else _("this was already granted once")


def _flag_set(moment: Moment, flag: str) -> str:
    if moment.snapshot.flags.get(flag):
        return ""
    return _("only for a case marked “%(flag)s”, which this one is not") % {"flag": moment.table.flags[flag].words}


def _flag_not_set(moment: Moment, flag: str) -> str:
    if not moment.snapshot.flags.get(flag):
        return ""
    return _("not for a case marked “%(flag)s”, as this one is") % {"flag": moment.table.flags[flag].words}


def _flag_in(moment: Moment, argument: Mapping[str, Any]) -> str:
    table, flag, value = moment.table, argument["flag"], moment.snapshot.flags.get(argument["flag"])
    if value in argument["values"]:
        return ""
    wanted = listed(table.value_words(flag, one) for one in argument["values"] if one is not None)
    named = {"flag": table.flags[flag].words, "wanted": wanted or "–"}
    if value is None:
        return _("“%(flag)s” has no result yet; it must be: %(wanted)s") % named
    return _("“%(flag)s” says “%(value)s”; it must be: %(wanted)s") % {**named, "value": table.value_words(flag, value)}


def _within_days(moment: Moment, argument: Mapping[str, str]) -> str:
    since = moment.snapshot.values.get(argument["since"])
    days = moment.names[argument["days"]]
    if since is not None and moment.now <= since + timedelta(days=days):
        return ""
    return _("only within %(days)d days") % {"days": days}


def _after_days(moment: Moment, argument: Mapping[str, str]) -> str:
    since = moment.snapshot.values.get(argument["since"])
    days = moment.names[argument["days"]]
    if since is not None and moment.now > since + timedelta(days=days):
        return ""
    return _("only after %(days)d days") % {"days": days}


def _no_application(moment: Moment, _argument: Any) -> str:
    waiting = moment.snapshot.applications
    if not waiting:
        return ""
    names = listed(moment.table.applications[code].words for code in waiting)
    return _("an application waits for a decision: %(names)s") % {"names": names}


def _system_after(moment: Moment, value: str) -> str:
    until = moment.snapshot.values.get(value)
    if moment.actor.is_system and until is not None and moment.now < until:
        return _("the agreed time has not come yet")
    return ""


def _fast_class(moment: Moment, _argument: Any) -> str:
    if moment.names.get("solved") or moment.names.get("category") in moment.names["fast_classes"]:
        return ""
    return _("this class is not on the city's list for the short way")


def _not_ones_own(moment: Moment, post: str) -> str:
    """What a collector solved and reported is checked by another, where there is one."""
    mine = moment.actor.user_id is not None and moment.snapshot.values.get("reporter_user") == moment.actor.user_id
    if (
        mine
        and moment.snapshot.flags.get(moment.table.flag("self_disposed"))
        and moment.others_hold((post,), moment.actor.user_id)
    ):
        return _("you solved this yourself; somebody else has to look")
    return ""


GUARDS: Mapping[str, Callable[[Moment, Any], str]] = {
    "unrestricted": _unrestricted,
    "before_due": _before_due,
    "after_due": _after_due,
    "within_share": _within_share,
    "at_most": _at_most,
    "granted_at_most": _granted_at_most,
    "flag_set": _flag_set,
    "flag_not_set": _flag_not_set,
    "flag_in": _flag_in,
    "within_days": _within_days,
    "after_days": _after_days,
    "no_application": _no_application,
    "system_after": _system_after,
    "fast_class": _fast_class,
    "not_ones_own": _not_ones_own,
}

ARGUMENTS: Mapping[str, str | Mapping[str, str]] = {
    "unrestricted": "true",
    "before_due": "clock",
    "after_due": "clock",
    "within_share": {"clock": "clock", "share": "setting", "least_minutes": "setting"},
    "at_most": {"flag": "flag", "count": "count"},
    "granted_at_most": {"application": "application", "count": "count"},
    "flag_set": "flag",
    "flag_not_set": "flag",
    "flag_in": {"flag": "flag", "values": "values"},
    "within_days": {"since": "time", "days": "setting"},
    "after_days": {"since": "time", "days": "setting"},
    "no_application": "true",
    "system_after": "time",
    "fast_class": "true",
    "not_ones_own": "post",
}
"""What a table has to give each guard: one thing, or several by name. ``reading`` checks it."""
