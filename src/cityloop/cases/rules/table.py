"""The loop as a table: states, actions, who may take them, which clocks they start or stop, what they need.

``reading`` makes it from YAML. The engine, the forms, the API's schemas, the menus of the phone and the drawn diagram are
all derived from it. Codes are strings of the city's own; code asks only a state's kind.
"""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from typing_extensions import override

from cityloop.cases.choices import Kind
from cityloop.cases.rules.roles import STANDARD_PAST, STANDARD_RIGHTS, FlagRole, Right
from cityloop.kernel.translation import language
from cityloop.standards.rules import TimeLimit

Names = Mapping[str, Any]
Path = tuple[str | int, ...]
"""A place in the table: the keys that lead to it."""
Finding = tuple[Path, str]
"""Something wrong with a table: where, and the rule that it breaks."""

PHOTOS_MOST = 20
"""Of one act."""

# The columns that hold codes are 40 characters wide, and addresses carry them.
Code = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]


class Part(BaseModel):
    """A part of the table: nothing in it may be unknown, nothing changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy without what was worked out from the old values: pydantic carries cached properties along."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


class Label(Part):
    """What people read, in both languages."""

    zh: str
    en: str

    def text(self, code: str) -> str:
        return self.zh if code.startswith("zh") else self.en

    @property
    def words(self) -> str:
        """In the language in which people are spoken to now."""
        return self.text(language())


class Named(Label):
    code: Code


class When(Part):
    """A condition: each named fact has one of the given values."""

    facts: tuple[tuple[str, tuple[Any, ...]], ...] = ()

    def holds(self, names: Names) -> bool:
        return all(names.get(name) in allowed for name, allowed in self.facts)


def _when(value: Any) -> Any:
    if not isinstance(value, dict) or "facts" in value:
        return value
    return {"facts": tuple((name, tuple(v) if isinstance(v, list) else (v,)) for name, v in value.items())}


Condition = Annotated[When, BeforeValidator(_when)]
ALWAYS = When()


class TaskRule(Part):
    """Somebody who must act in a state: a post, perhaps of one department or one person, perhaps one task for each."""

    post: str
    kind: Code | Literal[""] = ""  # "" takes the state's code
    department: str = ""  # the value that names the department; "" for the whole jurisdiction
    person: str = ""  # the value that names the person; "" for anybody
    each: str = ""  # the value that lists departments, one task for each
    clock: str = ""
    when: Condition = ALWAYS


class State(Named):
    kind: Kind
    step: str
    runs: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()
    tasks: tuple[TaskRule, ...] = ()
    final: bool = False


Within = Literal["", "department", "co_department", "assigned_collector", "assigned_handler", "reporter"]


class Post(Named):
    """How a post stands to a case: the whole jurisdiction (""), its department, what it was assigned, its own reports.

    ``may``: what it may do beside the loop's actions.
    """

    within: Within = ""
    superior: bool = False  # also acts in the jurisdictions below its own
    may: tuple[Right, ...] = ()


class Permit(Part):
    """A post that may act, in one state only or as another kind of party: ``acceptor@reported``, ``dept_clerk@co_department``.

    ``duty_chief@task`` acts only while an open task is its own.
    """

    post: str
    state: str = ""
    within: str = ""


HOLDS_TASK = "task"
"""The party of a post to which an open task is given."""


def _permit(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    post, _at, rest = value.partition("@")
    return {"post": post, "within": rest} if rest in {"co_department", HOLDS_TASK} else {"post": post, "state": rest}


CONDITION = "condition"
"""The limit of a clock that takes it from the case's filing condition."""


class StageClock(Named):
    """``limit``: [amount, unit] of its own, ``condition`` for the filing condition's, else the value that holds an instant."""

    limit: tuple[int, str] | str
    calendar: str = ""  # a calendar of the city; "" runs round the clock


class Flag(Named):
    """``role``: what the pages are told by it, at most one flag each."""

    type: Literal["flag", "count", "text"] = "flag"
    role: FlagRole = ""


class Source(Named):
    """A channel that a report comes through: whether the public speaks, how many photos and whether a point it needs.

    ``by``: the posts that may name it; none: whoever may report, the public only where ``public``.
    ``calls``: somebody calls: a desk may be told of it by a sound; ``page``: the city's public page reports through it.
    ``reporter_days``: how long who reported is kept after the last act on a case that is over; None takes the settings'.
    """

    public: bool = False
    by: tuple[str, ...] = ()
    photos: int = Field(0, ge=0, le=PHOTOS_MOST)
    point: bool = False
    calls: bool = False
    page: bool = False
    reporter_days: int | None = Field(None, ge=0, le=36_500)


NeedType = Literal[
    "text", "choice", "flag", "integer", "instant", "photos", "department", "departments", "person", "category",
    "condition", "code", "point", "case", "source", "reporter",
]  # fmt: skip


class Need(Part):
    """One thing an action asks for."""

    name: Code
    type: NeedType
    required: bool = False
    required_when: Condition | None = None
    required_by_source: bool = False
    required_unless_known: bool = False
    waived_for: Literal["", "system"] = ""
    of: str = ""
    options: tuple[str, ...] = ()
    post: str = ""
    kinds: tuple[str, ...] = ()
    files: tuple[Literal["photo", "video", "sound"], ...] = Field(("photo",), min_length=1)  # what “photos” may be
    least: Annotated[int, Field(ge=0, le=PHOTOS_MOST)] | Literal["source"] = 0
    each_kind: bool = False
    max: int = 4000
    min: int = 0
    must_be: bool | None = None
    future_days: int = Field(0, ge=0, le=3660)
    below: bool = False  # of a department: a unit of the one that has the case
    beside: bool = False  # … or one beside it, under the same department

    @property
    def demands(self) -> bool:
        """Whether it must be there at times, or must be of a certain number or value."""
        return bool(
            self.required
            or self.required_when is not None
            or self.required_by_source
            or self.required_unless_known
            or self.must_be is not None
            or self.type == "photos"
        )


class Target(Part):
    """Where an action leads if ``when`` holds: a state, or "" to stay."""

    state: str = ""
    when: Condition = ALWAYS


def _targets(value: Any) -> Any:
    return ({"state": value},) if isinstance(value, str) else value


class Level(Part):
    """Who decides on an application at one level; ``other_person``: not the one who asked, unless nobody else could."""

    by: tuple[str, ...] = Field(min_length=1)
    when: Condition = ALWAYS
    other_person: bool = False


class Application(Named):
    levels: tuple[Level, ...] = Field(min_length=1)
    flag: str = ""  # set for as long as it waits for a decision


class Opens(Part):
    application: str
    when: Condition = ALWAYS
    keeps: tuple[str, ...] = ()


class Decides(Part):
    """Grants or refuses an application: always, or if the facts hold."""

    application: str
    grant: bool | Condition

    def grants(self, names: Names) -> bool:
        return self.grant if isinstance(self.grant, bool) else self.grant.holds(names)


class ClockRule(Part):
    """What an action does to a clock beyond what the states say."""

    keep_if_same: str = ""  # a new full limit where this value changes
    factor: str = ""  # a new clock with this setting's share of the limit
    extend: int = Field(0, ge=0, le=10)  # so many original limits on top
    relimit_if: str = ""  # the limit is read anew where this value changes


class Guard(Part):
    """A condition over the case's history and clocks: the name of a function in ``guards`` and its argument.

    ``says``: what people read where it refuses, as the end of a sentence: why, and what they may do instead.
    """

    name: str
    argument: Any
    says: Label | None = None


def _guard(value: Any) -> Any:
    if not isinstance(value, dict) or set(value) <= set(Guard.model_fields):
        return value
    rest = {name: argument for name, argument in value.items() if name != "says"}
    if len(rest) != 1:
        return value
    [(name, argument)] = rest.items()
    return {"name": name, "argument": argument} | ({"says": value["says"]} if "says" in value else {})


class Tell(Part):
    """Who gets a notice: the holders of the open tasks, or a post (of each of the named departments)."""

    holders: bool = False
    post: str = ""
    each: str = ""


class OpensTask(Part):
    kind: Code
    due: str


class FlagChange(Part):
    """``set`` a literal, ``add`` a number, ``copy`` a named fact."""

    flag: str
    operation: Literal["set", "add", "copy"]
    operand: Any


def _flag_changes(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    changes = []
    for flag, operand in value.items():
        if isinstance(operand, str) and operand.startswith("$"):
            changes.append({"flag": flag, "operation": "copy", "operand": operand[1:]})
        elif isinstance(operand, int) and not isinstance(operand, bool):
            changes.append({"flag": flag, "operation": "add", "operand": operand})
        else:
            changes.append({"flag": flag, "operation": "set", "operand": operand})
    return tuple(changes)


class Action(Named):
    number: int = 0  # its number where the process is drawn up as a list; 0 where it has none
    creates: bool = False
    restores: bool = False  # takes the last act back
    no_act: bool = False  # a note: takes nothing from anybody's last act
    from_states: Literal["open", "any", "every"] | frozenset[str] = Field(default=frozenset(), alias="from")
    to: Annotated[tuple[Target, ...], BeforeValidator(_targets)] = ()
    by: tuple[Annotated[Permit, BeforeValidator(_permit)], ...] = ()
    needs: Mapping[str, Need] = {}
    one_of: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    takes: Mapping[str, str] = {}  # value ← what the application kept
    sets_when_given: Mapping[str, Mapping[str, Any]] = {}
    assigns: Mapping[str, Literal["on_duty"]] = {}
    flags: Annotated[tuple[FlagChange, ...], BeforeValidator(_flag_changes)] = ()
    guards: tuple[Annotated[Guard, BeforeValidator(_guard)], ...] = ()
    opens: Opens | None = None
    decides: Decides | None = None
    drops: tuple[str, ...] = ()
    opens_task: OpensTask | None = None
    finishes: str = ""
    refresh_tasks: bool = False
    clocks: Mapping[str, ClockRule] = {}
    marks_overdue: str = ""  # keeps whether this clock was on time, when it ends for the first time
    settles_overdue: bool = False  # from now on that stands
    unmarks_overdue: bool = False  # takes it back, unless it stands
    spawns: tuple[str, ...] = ()
    tells: tuple[Tell, ...] = ()
    withdrawable: bool = False
    merges: bool = False  # the case becomes one more report of an earlier one
    rates: bool = False  # whoever reported rates what came of it, by their follow-up code too
    supports: bool = False  # somebody else says so too, on the public page
    urges: bool = False  # the system takes it for each of ``urge_shares`` that a running clock has used up
    recounts: bool = False  # the system takes it where a calendar has changed: the clocks go by its newest version

    @cached_property
    def rating(self) -> Need | None:
        """The input by which it rates: the choice that it requires; in a table of before also one that it does not require."""
        choices = [need for need in self.needs.values() if need.type == "choice" and need.of]
        return min(choices, key=lambda need: not need.required, default=None)

    @cached_property
    def by_itself(self) -> bool:
        """Whether the system may take it without anybody who would have to give an input."""
        asked = self.one_of or any(need.required and need.waived_for != "system" for need in self.needs.values())
        return self.by_system and not self.creates and not asked

    @cached_property
    def demands(self) -> tuple[Need, ...]:
        """The needs that may turn out to be missing or too few."""
        return tuple(need for need in self.needs.values() if need.demands)

    @cached_property
    def by_system(self) -> bool:
        """Whether the system may take it by itself."""
        return any(permit.post == "system" for permit in self.by)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Names of the inputs that stand in rows of their own, outside the event: free text and personal data."""
        return tuple(name for name, need in self.needs.items() if need.type in {"text", "reporter"})

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Names of the inputs that are files."""
        return tuple(name for name, need in self.needs.items() if need.type == "photos")


class PastStep(Part):
    """One act by which a case that another system has handled is told, after its report.

    Where the source does not know when it was done, that is when the act before was, or, ``at_end``, when the case was over.

    Args:
        given: Its inputs.
        department: It gives the department that disposed of the case.
        over: Only of a case that is over.
        each_urge: Once for each time that the case was urged, and not otherwise.
        if_possible: Passed over where it does not lead from the state that the case is in then.
    """

    action: str
    given: Mapping[str, Any] = {}
    department: bool = False
    over: bool = False
    at_end: bool = False
    each_urge: bool = False
    if_possible: bool = False


class PublicView(Part):
    """What one of the public sees of a case that they reported, besides where it stands and what they said themselves.

    Args:
        inputs: Names of inputs, in whatever action: what others answered them.
        photos: Kinds of photos that others took.
        flags: Flags of the case.
    """

    inputs: tuple[str, ...] = ("reply",)
    photos: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class Settings(Part):
    signing: bool
    self_report_checked: bool
    second_person: bool
    reopen_days: int = Field(ge=0, le=3660)
    return_share: float = Field(ge=0, le=1)
    return_least_minutes: int = Field(ge=0, le=527_040)
    rework_share: float = Field(gt=0, le=10)
    withdraw_minutes: int = Field(ge=0, le=527_040)
    yellow_share: float = Field(ge=0, le=1)
    urge_shares: tuple[Annotated[float, Field(gt=0, le=10)], ...]
    duplicate_radius_m: int = Field(ge=0, le=5000)
    fast_classes: tuple[str, ...]
    reporter_days: int = Field(1096, ge=0, le=36_500)


class Table(Part):
    """A city's process, checked and ready to run."""

    code: str
    version: int
    title: Label
    settings: Settings
    sources: Mapping[str, Source]
    posts: Mapping[str, Post]
    steps: Mapping[str, Label]
    clocks: Mapping[str, StageClock]
    flags: Mapping[str, Flag]
    lists: Mapping[str, Mapping[str, Label]]
    states: Mapping[str, State]
    applications: Mapping[str, Application]
    actions: Mapping[str, Action]
    tasks: Mapping[str, Label] = {}  # what kinds of tasks are called, beside those named after their state
    public_sees: PublicView = PublicView()
    past: tuple[PastStep, ...] = Field(STANDARD_PAST, validate_default=True)

    @cached_property
    def settings_names(self) -> dict[str, Any]:
        """The settings as names that conditions may refer to."""
        return self.settings.model_dump()

    @cached_property
    def stage_limits(self) -> dict[str, TimeLimit]:
        """The limits of the stages that have one of their own."""
        limits = {}
        for code, clock in self.clocks.items():
            if not isinstance(clock.limit, str):
                amount, unit = clock.limit
                limits[code] = TimeLimit(amount, unit, f"{amount} {unit}")
        return limits

    @cached_property
    def urge_shares(self) -> tuple[float, ...]:
        """The shares of a limit at which the system urges, in the order in which they are reached."""
        return tuple(sorted(set(self.settings.urge_shares)))

    @cached_property
    def urging(self) -> Action | None:
        """What the system does to urge; None where it does not."""
        return next((action for action in self.actions.values() if action.urges and action.by_itself), None)

    @cached_property
    def recounting(self) -> Action | None:
        """What the system does where a calendar has changed; None where cases keep what they began with."""
        return next((action for action in self.actions.values() if action.recounts and action.by_itself), None)

    @cached_property
    def after_due(self) -> Mapping[str, tuple[tuple[Action, str], ...]]:
        """What the system does by itself in a state once a clock is overdue: actions, each with its clock."""
        found: dict[str, list[tuple[Action, str]]] = {}
        for action in self.actions.values():
            for guard in action.guards if action.by_itself else ():
                if guard.name == "after_due":
                    for state in action.from_states:
                        found.setdefault(state, []).append((action, guard.argument))
        return {state: tuple(held) for state, held in found.items()}

    @cached_property
    def task_kinds(self) -> frozenset[str]:
        """The kinds of tasks that are not named after their state."""
        rules = (rule.kind for state in self.states.values() for rule in state.tasks if rule.kind)
        return frozenset((*rules, *self.ordered_kinds))

    @cached_property
    def flag_lists(self) -> Mapping[str, str]:
        """By flag the list whose codes it holds: that of the input which an action copies to it."""
        return {
            change.flag: need.of
            for action in self.actions.values()
            for change in action.flags
            if change.operation == "copy" and (need := action.needs.get(change.operand)) and need.of
        }

    def value_words(self, flag: str, value: Any) -> str:
        """Return in words what a flag that holds a text says."""
        label = self.lists.get(self.flag_lists.get(flag, ""), {}).get(value) if isinstance(value, str) else None
        return label.words if label else str(value)

    def may(self, post: str, right: Right) -> bool:
        """Return whether whoever holds ``post`` may do this beside the loop; of a post that the table does not name the
        standard says it.
        """
        known = self.posts.get(post)
        return right in (known.may if known is not None else STANDARD_RIGHTS.get(post, ()))

    def flag(self, role: FlagRole) -> str:
        """Return the code of the flag that tells this; "" where the table has none."""
        return self._flag_of.get(role, "")

    @cached_property
    def _flag_of(self) -> Mapping[str, str]:
        return {flag.role: code for code, flag in self.flags.items() if flag.role}

    def act(self, mark: Literal["merges", "rates", "supports"]) -> Action | None:
        """Return the action that does this; None where the table has none."""
        return next((action for action in self.actions.values() if getattr(action, mark)), None)

    def reporting(self, posts: Collection[str]) -> Action | None:
        """Return the first action by which whoever holds one of ``posts`` makes a case; None where there is none."""
        creating = (action for action in self.actions.values() if action.creates)
        return next((action for action in creating if any(permit.post in posts for permit in action.by)), None)

    @cached_property
    def passed_over(self) -> frozenset[str]:
        """The acts that a case of another system is told without where they do not lead on."""
        return frozenset(step.action for step in self.past if step.if_possible)

    @cached_property
    def called(self) -> frozenset[str]:
        """The sources by which somebody calls."""
        return frozenset(code for code, source in self.sources.items() if source.calls)

    @cached_property
    def ordered_kinds(self) -> frozenset[str]:
        """The kinds of tasks that an action opens by itself, such as a supervision: they outlive the state they were opened in."""
        return frozenset(action.opens_task.kind for action in self.actions.values() if action.opens_task)

    def may_name(self, post: str, source: str) -> bool:
        """Return whether whoever acts in ``post`` may report through ``source``; the system tells what others said."""
        row = self.sources[source]
        if post == "system":
            return True
        if row.by:
            return post in row.by
        return row.public or not self.is_public(post)

    def is_public(self, post: str) -> bool:
        """Return whether whoever holds ``post`` is one of the public."""
        known = self.posts.get(post)
        return known is not None and known.within == "reporter"

    @cached_property
    def restoring(self) -> frozenset[str]:
        """The actions that take the last act back."""
        return frozenset(code for code, action in self.actions.items() if action.restores)

    def from_state(self, state: str) -> list[Action]:
        """Return the actions that the table knows for a case in ``state``, in the table's order."""
        return [a for a in self.actions.values() if not a.creates and state in a.from_states]
