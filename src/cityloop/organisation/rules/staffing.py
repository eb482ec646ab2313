"""Posts, and what a person holds at a moment: their own appointments, and those they act for as a deputy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from cityloop.organisation.choices import Axis, Sight


@dataclass(frozen=True, slots=True)
class StandardPost:
    """A post that every city has: its code, names, axis and how far it sees."""

    code: str
    name: str
    name_en: str
    axis: Axis
    sight: Sight


STANDARD_POSTS: Mapping[str, StandardPost] = {
    post.code: post
    for post in (
        StandardPost("collector", "信息采集员", "Collector", Axis.SUPERVISION, Sight.FIELD),
        StandardPost("acceptor", "受理员", "Acceptor", Axis.SUPERVISION, Sight.CENTRE),
        StandardPost("duty_chief", "值班长", "Duty chief", Axis.SUPERVISION, Sight.CENTRE),
        StandardPost("dispatcher", "派遣员", "Dispatcher", Axis.COMMAND, Sight.CENTRE),
        StandardPost("dept_clerk", "专业部门经办人", "Department clerk", Axis.COMMAND, Sight.DEPARTMENT),
        StandardPost("dept_leader", "专业部门负责人", "Department leader", Axis.COMMAND, Sight.DEPARTMENT),
        StandardPost("handler", "处置人员", "Handler", Axis.COMMAND, Sight.HANDLER),
        StandardPost("inspector", "督查员", "Inspector", Axis.BOTH, Sight.CENTRE),
        StandardPost("evaluator", "考评员", "Evaluator", Axis.SUPERVISION, Sight.CENTRE),
        StandardPost("leader", "领导", "Leader", Axis.NONE, Sight.CENTRE),
        StandardPost("officer", "执法队员", "Law officer", Axis.NONE, Sight.HANDLER),
        StandardPost("citizen", "市民", "Citizen", Axis.NONE, Sight.OWN),
        StandardPost("sysadmin", "系统管理员", "System administrator", Axis.NONE, Sight.CENTRE),
        StandardPost("data_admin", "数据管理员", "Data administrator", Axis.NONE, Sight.CENTRE),
    )
}
"""Source: CityLoop's reading of the roles of CJJ/T 106 and GB/T 30428.7, as on the project's page of roles."""

CONSOLE_POSTS = frozenset({"sysadmin", "data_admin"})
"""Who may enter the console; the installation's superusers may too."""


def sight_of(post: str, own: str = "") -> Sight:
    """Return how far ``post`` sees: what the city's own row says, else the standard's; an unknown post sees its own."""
    if own:
        return Sight(own)
    standard = STANDARD_POSTS.get(post)
    return standard.sight if standard else Sight.OWN


@dataclass(frozen=True, slots=True)
class HeldPost:
    """One post that a person holds now, or acts in for somebody absent (``deputy_for`` is that person's id).

    Args:
        department_path: ``"/12/40/"``, ids from the root; ``""`` where the post hangs from no department.
        sight: A value of ``Sight``; ``""`` means what the standard gives the post.
        below: Codes of the jurisdictions under this one, where the post oversees them.
    """

    post: str
    jurisdiction: str
    department_id: int | None = None
    department_path: str = ""
    deputy_for: int | None = None
    sight: str = ""
    below: frozenset[str] = frozenset()

    @property
    def reach(self) -> Sight:
        return sight_of(self.post, self.sight)

    @property
    def key(self) -> str:
        """What tells it from the others that one person holds."""
        return f"{self.jurisdiction}/{self.post}/{self.department_id or ''}/{self.deputy_for or ''}"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks or acts: a person with posts, or a part of the system itself.

    Args:
        jurisdictions: Codes of those in which the viewer has a post, and of those its centre posts oversee.
            For the system: those it works in; ``""`` among them stands for all.
    """

    user_id: int | None
    name: str
    posts: tuple[HeldPost, ...] = ()
    jurisdictions: frozenset[str] = frozenset()
    duty_grids: frozenset[str] = frozenset()
    is_system: bool = False

    @property
    def works_in(self) -> frozenset[str]:
        """Codes of the jurisdictions in which the viewer is one of the staff, those below centre posts among them.

        For the system: those it works in.
        """
        if self.is_system:
            return self.jurisdictions
        staff = (held for held in self.posts if held.reach is not Sight.OWN)
        return frozenset(code for held in staff for code in (held.jurisdiction, *held.below))

    def wearing(self, key: str) -> "Viewer":
        """Return the viewer in one of their posts alone, as somebody of several posts may work; in all where ``key`` is none."""
        worn = next((held for held in self.posts if held.key == key), None)
        if worn is None:
            return self
        codes = self.jurisdictions & {worn.jurisdiction, *worn.below}
        return replace(self, posts=(worn,), jurisdictions=codes)

    def holds(self, *posts: str, jurisdiction: str = "") -> bool:
        """Return whether one of ``posts`` is held, in ``jurisdiction`` itself where one is given."""
        return any(held.post in posts and jurisdiction in {"", held.jurisdiction} for held in self.posts)


NOBODY = Viewer(None, "")
"""Somebody who has not signed in."""


@dataclass(frozen=True, slots=True)
class AppointmentFact:
    """An appointment as stored: dates are those of the jurisdiction's zone, ``valid_to`` is the first day after."""

    user_id: int
    post: str
    jurisdiction: str
    department_id: int | None
    department_path: str
    duty_grid: str
    valid_from: date
    valid_to: date | None
    sight: str = ""

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class AbsenceFact:
    """Somebody is away in ``jurisdiction`` from ``starts_at`` until before ``ends_at``; ``deputy_id`` acts meanwhile."""

    user_id: int
    jurisdiction: str
    starts_at: datetime
    ends_at: datetime
    deputy_id: int | None

    def covers(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class DutyFact:
    """A turn of the roster: ``user_id`` stands in ``post`` from ``starts_at`` until before ``ends_at``."""

    user_id: int
    jurisdiction: str
    post: str
    duty_grid: str
    starts_at: datetime
    ends_at: datetime

    def covers(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class StaffFile:
    """All that decides what one person holds, at whatever moment it is asked.

    Args:
        appointments: Their own, and those of everybody for whom they are named as deputy.
        absences: Those in which they are the deputy.
        duties: Their own turns, and those of everybody for whom they are named as deputy.
        zones: Zone of each jurisdiction that occurs.
        below: For each jurisdiction that occurs, the codes of those under it.
    """

    user_id: int
    name: str
    is_active: bool
    appointments: tuple[AppointmentFact, ...]
    absences: tuple[AbsenceFact, ...]
    duties: tuple[DutyFact, ...]
    zones: Mapping[str, ZoneInfo] = field(default_factory=dict)
    below: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def viewer(self, at: datetime) -> Viewer:
        """Return what the person holds at the instant ``at``; a barred account holds nothing."""
        if not self.is_active:
            return Viewer(self.user_id, self.name)
        in_force = [fact for fact in self.appointments if fact.holds_on(self._day(fact.jurisdiction, at))]
        # A deputy acts only where they are themselves appointed: otherwise an absence entered in one city would
        # hand its posts to anybody in another.
        at_home = {fact.jurisdiction for fact in in_force if fact.user_id == self.user_id}
        stands_in = {
            (absence.user_id, absence.jurisdiction)
            for absence in self.absences
            if absence.deputy_id == self.user_id and absence.covers(at) and absence.jurisdiction in at_home
        }
        acting = [fact for fact in in_force if self._acts(fact.user_id, fact.jurisdiction, stands_in)]
        posts = tuple(dict.fromkeys(self._held(fact) for fact in acting))
        return Viewer(
            user_id=self.user_id,
            name=self.name,
            posts=posts,
            jurisdictions=frozenset(code for held in posts for code in (held.jurisdiction, *held.below)),
            duty_grids=frozenset(
                {fact.duty_grid for fact in acting if fact.duty_grid}
                | {
                    duty.duty_grid
                    for duty in self.duties
                    if duty.duty_grid and duty.covers(at) and self._acts(duty.user_id, duty.jurisdiction, stands_in)
                }
            ),
        )

    def steady_until(self, at: datetime) -> datetime | None:
        """Return until when ``viewer`` says what it says at ``at``, or a little less long; None: for ever.

        Turns and absences begin and end at instants, appointments with a day of their city.
        """
        instants = [moment for absence in self.absences for moment in (absence.starts_at, absence.ends_at)]
        instants += [moment for duty in self.duties for moment in (duty.starts_at, duty.ends_at)]
        instants += [
            datetime.combine(day, time.min, self.zones.get(fact.jurisdiction, UTC))
            for fact in self.appointments
            for day in (fact.valid_from, fact.valid_to)
            if day is not None
        ]
        return min((moment for moment in instants if moment > at), default=None)

    def _day(self, jurisdiction: str, at: datetime) -> date:
        return at.astimezone(self.zones.get(jurisdiction, UTC)).date()

    def _acts(self, user_id: int, jurisdiction: str, stands_in: set[tuple[int, str]]) -> bool:
        return user_id == self.user_id or (user_id, jurisdiction) in stands_in

    def _held(self, fact: AppointmentFact) -> HeldPost:
        held = HeldPost(
            post=fact.post,
            jurisdiction=fact.jurisdiction,
            department_id=fact.department_id,
            department_path=fact.department_path,
            deputy_for=None if fact.user_id == self.user_id else fact.user_id,
            sight=fact.sight,
        )
        if held.reach is not Sight.CENTRE:
            return held
        return replace(held, below=self.below.get(fact.jurisdiction, frozenset()))


def present(user_ids: Iterable[int], absences: Iterable[AbsenceFact], at: datetime) -> list[int]:
    """Return who acts for ``user_ids`` at ``at``, each once and in that order: deputies stand in for the absent.

    An absent person without a deputy is left out; so is a deputy who is away too (deputies have no deputies).
    """
    away = {absence.user_id: absence.deputy_id for absence in absences if absence.covers(at)}
    acting: dict[int, None] = {}
    for user_id in user_ids:
        stand_in = away.get(user_id, user_id)
        if stand_in is not None and (stand_in == user_id or stand_in not in away):
            acting[stand_in] = None
    return list(acting)


def descendants(parents: Mapping[str, str], root: str) -> frozenset[str]:
    """Return the codes of all jurisdictions under ``root``; ``parents`` maps each code to its parent's (or ``""``)."""
    below: set[str] = set()
    frontier = {root}
    while frontier:
        frontier = {code for code, parent in parents.items() if parent in frontier} - below - {root}
        below |= frontier
    return frozenset(below)
