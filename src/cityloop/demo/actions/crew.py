"""Who acts: the people of the city who stand in a post at a moment."""

from collections.abc import Collection, Mapping
from datetime import datetime

from cityloop.cases.queries import LoopCity
from cityloop.demo.rules.staff import UNIT_OF
from cityloop.organisation.queries import City

BESIDE: Mapping[str, str] = {
    "HW": "ZF", "SZ": "PS", "ZF": "JJ", "YL": "HW", "PS": "SZ", "LD": "SZ", "GS": "SZ", "JJ": "ZF", "TX": "SZ",
}  # fmt: skip
"""Which other department has a say; beside a street's office it is the enforcement's."""

ONLINE = frozenset({"wechat", "web", "app"})
"""Sources by which citizens report themselves; what comes otherwise somebody takes down."""


class Crew:
    """The people of a city, by what they stand for at an instant; ids of accounts."""

    def __init__(self, city: City, loop: LoopCity) -> None:
        self.city, self.loop = city, loop

    def on_duty(self, duty_grid: str, at: datetime) -> int:
        """Return the collector who walks the grid: whom the loop gives its tasks to."""
        person = self.loop.on_duty("collector", at, duty_grid)
        assert person is not None
        return person

    def in_centre(self, post: str, at: datetime, besides: Collection[int] = ()) -> int:
        """Return who acts in a post of the centre: somebody on duty, and rather none of ``besides``."""
        people = [*self.city.on_duty(post, at), *self.city.holders(post, at=at)]
        return next((one for one in people if one not in besides), people[0])

    def in_department(self, post: str, code: str, at: datetime) -> int:
        """Return who acts in ``post`` for a department; for a unit without anybody, those of the department above it."""
        department = self.city.department_by_code(code)
        assert department is not None
        people = self.city.holders(post, department.id, at=at)
        return people[0] if people else self.in_department(post, UNIT_OF[code].parent, at)

    def reporter(self, source: str, duty_grid: str, at: datetime) -> int:
        """Return who reports what comes from ``source``."""
        if source == "collector":
            return self.on_duty(duty_grid, at)
        return self.in_centre("citizen" if source in ONLINE else "acceptor", at)


def beside(code: str) -> str:
    """Return the code of the department that has a say beside another, or beside the one that a unit belongs to."""
    return BESIDE.get(UNIT_OF[code].parent or code, "ZF")
