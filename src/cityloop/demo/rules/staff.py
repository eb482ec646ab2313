"""Who works in the city: departments, people with their posts, who is away, the roster."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.words import STREETS, person_name, phone
from cityloop.organisation.rules.staffing import STANDARD_POSTS


@dataclass(frozen=True, slots=True)
class Unit:
    """A department, or a unit below the department ``parent``; ``kind`` is one of the standards' department kinds."""

    code: str
    name: str
    kind: str
    parent: str = ""


STREET_UNITS = tuple(Unit(f"JD-{number}", f"{name}办事处", "street") for number, name in enumerate(STREETS, start=1))

UNITS = (
    Unit("HW", "市环境卫生中心", "sanitation"),
    Unit("HW-1", "城东保洁队", "sanitation", "HW"),
    Unit("HW-2", "城西保洁队", "sanitation", "HW"),
    Unit("HW-3", "江南保洁队", "sanitation", "HW"),
    Unit("HW-4", "清运队", "sanitation", "HW"),
    Unit("SZ", "市政设施管理所", "municipal"),
    Unit("SZ-1", "道桥养护班", "municipal", "SZ"),
    Unit("SZ-2", "人行道养护班", "municipal", "SZ"),
    Unit("ZF", "综合行政执法大队", "enforcement"),
    Unit("ZF-1", "江北中队", "enforcement", "ZF"),
    Unit("ZF-2", "江南中队", "enforcement", "ZF"),
    Unit("ZF-3", "直属中队", "enforcement", "ZF"),
    Unit("YL", "园林绿化中心", "greening"),
    Unit("YL-1", "绿地养护队", "greening", "YL"),
    Unit("YL-2", "行道树养护队", "greening", "YL"),
    Unit("PS", "排水管理所", "drainage"),
    Unit("LD", "路灯管理所", "lighting"),
    Unit("GS", "云汀自来水有限公司", "water_supply"),
    Unit("DL", "云汀供电公司", "power"),
    Unit("RQ", "云汀燃气有限公司", "gas"),
    Unit("TX", "通信管线联合维护中心", "telecom"),
    Unit("JJ", "交警大队", "traffic_police"),
    Unit("GA", "公安分局", "police"),
    Unit("XF", "消防救援大队", "fire"),
    Unit("JT", "交通运输局", "transport"),
    Unit("TC", "停车管理中心", "parking"),
    Unit("SW", "水务局", "water_affairs"),
    Unit("ST", "生态环境分局", "ecology"),
    Unit("MZ", "民政局", "civil_affairs"),
    Unit("ZJ", "住房和城乡建设局", "housing"),
    Unit("SC", "市场监督管理局", "market"),
    Unit("YZ", "邮政分公司", "postal"),
    *STREET_UNITS,
)
"""Parents before their units."""

UNIT_OF = {unit.code: unit for unit in UNITS}
UNITS_BELOW = {unit.code: tuple(one.code for one in UNITS if one.parent == unit.code) for unit in UNITS}

IN_DEPARTMENTS = frozenset({"dept_clerk", "dept_leader", "handler", "officer"})

WITH_LEADERS = ("HW", "SZ", "ZF", "YL", "PS", "LD", "JJ")
"""Departments with a leader of their own; in the others one person is clerk and leader."""

HANDLERS = ("ZF-1", "ZF-2", "ZF-3", "HW-1", "HW-2", "HW-3", "HW-4", "SZ-1", "SZ-2", "YL-1", "YL-2", "PS", "LD")
OFFICERS = ("ZF", "ZF-1", "ZF-2", "ZF-3")
"""Whose handlers are officers: what happens in the street they put right themselves."""

CENTRE = (("acceptor", 5), ("duty_chief", 3), ("dispatcher", 3))
SHIFTS = frozenset(post for post, _count in CENTRE)
"""Posts whose shift somebody else takes over."""

ALONE = ("inspector", "evaluator", "leader", "sysadmin", "data_admin", "citizen")

FEW_GRIDS, SHARE_OUT = 30, 3
"""In a city of at most so many duty grids a collector walks three of them, in a larger one a grid of their own."""

RESTS = 7
"""Each collector rests on every seventh day; somebody at work walks their grids too."""


def keeper(kind: str, street: int) -> str:
    """Return the code of the department for a kind; of what has none there, the office of the street counted from 0."""
    return (
        next((unit.code for unit in UNITS if unit.kind == kind), STREET_UNITS[street].code)
        if kind != "street"
        else STREET_UNITS[street].code
    )


@dataclass(frozen=True, slots=True)
class Seat:
    """A post that a person holds, in a department or for duty grids where the post hangs from them."""

    post: str
    department: str = ""
    duty_grids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the city; the first of their seats is their own post."""

    username: str
    name: str
    phone: str
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody is away from the morning of one day until the morning of another, both counted from the opening day."""

    username: str
    deputy: str
    first: int
    until: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the roster, in hours of the city's clock."""

    username: str
    post: str
    day: date
    first_hour: int
    last_hour: int
    duty_grid: str = ""


AWAY = (
    Away("dispatcher02", "duty_chief02", -1, 3),
    Away("dept_clerk-yl", "dept_leader-yl", -4, 2),
    Away("dept_clerk-hw", "dept_leader-hw", -2, 30),
    Away("collector05", "collector06", -3, 0),
    Away("acceptor03", "", 4, 9),
)


def staff(seed: int, duty_grids: Sequence[str]) -> list[Person]:
    """Return the people of the city, every standard post among them.

    Args:
        seed: Draws their names.
        duty_grids: Codes, in order; the collectors share them out.
    """
    source = chance(seed, "staff")
    walks = -(-len(duty_grids) // SHARE_OUT) if len(duty_grids) <= FEW_GRIDS else len(duty_grids)
    names: set[str] = set()

    def somebody(username: str, *seats: Seat) -> Person:
        name = person_name(source)
        while name in names:  # nobody should be taken for somebody else
            name = person_name(source)
        names.add(name)
        return Person(username, name, phone(source), seats)

    people = [
        *(somebody(f"collector{number + 1:02d}", Seat("collector", "", tuple(duty_grids[number::walks])))
          for number in range(walks)),
        *(somebody(f"{post}{number + 1:02d}", Seat(post)) for post, count in CENTRE for number in range(count)),
        *(somebody(f"dept_clerk-{unit.code.lower()}", *_clerk(unit)) for unit in UNITS if not unit.parent),
        *(somebody(f"dept_leader-{code.lower()}", Seat("dept_leader", code)) for code in WITH_LEADERS),
        *(somebody(f"handler-{code.lower()}", Seat("handler", code)) for code in HANDLERS if code not in OFFICERS),
        *(somebody(post, Seat(post)) for post in ALONE),
        *(somebody(f"officer-{code.lower()}", *_officer(code)) for code in OFFICERS),
    ]  # fmt: skip
    posts = list(STANDARD_POSTS)
    return sorted(people, key=lambda person: posts.index(person.seats[0].post))


def openers(seed: int, departments: Sequence[str], duty_grids: Sequence[str]) -> list[Person]:
    """Return one person for each standard post, two where a shift is handed over, for a city that was made by an import.

    Args:
        seed: Draws their names.
        departments: Codes; whoever works in departments works in all of them.
        duty_grids: Codes; the collector walks them all.
    """
    source = chance(seed, "openers")
    people = []
    for post in STANDARD_POSTS:
        of = departments if post in IN_DEPARTMENTS and departments else ("",)
        grids = tuple(duty_grids) if post == "collector" else ()
        seats = tuple(Seat(post, code, grids) for code in of)
        people += [
            Person(username, person_name(source), phone(source), seats)
            for username in ((post, f"{post}2") if post in SHIFTS else (post,))
        ]
    return people


def _clerk(unit: Unit) -> tuple[Seat, ...]:
    clerk = Seat("dept_clerk", unit.code)
    return (clerk,) if unit.code in WITH_LEADERS else (clerk, Seat("dept_leader", unit.code))


def _officer(code: str) -> tuple[Seat, ...]:
    officer = Seat("officer", code)
    return (officer, Seat("handler", code)) if code in HANDLERS else (officer,)


def handler_units(code: str) -> list[str]:
    """Return the codes of the department ``code`` and the units below it that have a handler."""
    return [unit for unit in (code, *UNITS_BELOW[code]) if unit in HANDLERS]


def roster(people: Sequence[Person], first: date, last: date) -> Iterator[Turn]:
    """Yield the turns of each day: every duty grid walked from 8 to 20, acceptance seated in two shifts, a chief, a dispatcher."""
    walkers = [person for person in people if person.seats[0].post == "collector"]
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        # By the day itself, not by its number: the roster does not depend on where it begins.
        shift = day.toordinal()
        at_work = [place for place in range(len(walkers)) if (shift + place) % RESTS]
        for place, person in enumerate(walkers):
            who = walkers[place if place in at_work else at_work[place % len(at_work)]]
            for seat in person.seats:
                for grid in seat.duty_grids:
                    yield Turn(who.username, "collector", day, 8, 20, grid)
        for post, count in CENTRE:
            if post == "acceptor":
                for place, (begins, ends) in enumerate(((8, 14), (8, 14), (14, 20), (14, 20))):
                    yield Turn(f"acceptor{(shift + place) % count + 1:02d}", post, day, begins, ends)
            else:
                yield Turn(f"{post}{shift % count + 1:02d}", post, day, 8, 20)
