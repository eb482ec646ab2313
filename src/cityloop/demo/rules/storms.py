"""A storm over the city: water stands at low places, trees fall, lines hang down; within an hour many people tell of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

import numpy as np
import shapely

from cityloop.demo.rules.chance import chance, pick
from cityloop.demo.rules.ground import Use
from cityloop.demo.rules.mix import ALWAYS, ANY, SCHEME, Trouble
from cityloop.demo.rules.reports import Report, Town
from cityloop.demo.rules.whereabouts import Place

PONDING = Trouble(
    f"{SCHEME}/part/01004", 1, ANY, (), ALWAYS,
    ("暴雨后路面积水约{n}0厘米，雨水箅子堵塞", "雨水箅子被落叶堵住，路面积水，车辆熄火", "积水漫上人行道，约{m}0平方米", "下穿路口积水，行人无法通过"),
)  # fmt: skip
FALLEN = Trouble(
    f"{SCHEME}/part/04002", 1, ANY, (), ALWAYS,
    ("大风刮倒行道树，横在车行道上", "行道树倒伏，压住{n}辆电动车", "树枝折断，挂在半空，随时会掉", "行道树倾斜，树根翘起，人行道砖拱起"),
)  # fmt: skip
WIRES = Trouble(f"{SCHEME}/event/10002", 1, ANY, (), ALWAYS, ("大风后线缆脱落，垂到路面", "广告布缠在电线上，线缆下垂"))

SHARES: Mapping[str, float] = {"ponding": 55, "fallen": 38, "wires": 7}
OF: Mapping[str, tuple[Trouble, str]] = {
    "ponding": (PONDING, "grate_clog"), "fallen": (FALLEN, "tree_fall"), "wires": (WIRES, ""),
}  # fmt: skip
SOURCES: Mapping[str, float] = {
    "hotline": 42,
    "collector": 30,
    "wechat": 14,
    "video_ai": 7,
    "transfer_12345": 5,
    "web": 2,
}

LASTS = timedelta(minutes=75)
OF_A_DAY = 0.22
"""A storm brings so large a part of what an average day brings, on top of it."""

TOLD_AGAIN = 0.3
LOW_PLACES, TRIED = 8, 60
LEAFY = (Use.PARK, Use.OLD, Use.ESTATE, Use.SCHOOL, Use.OFFICE)
WATER = frozenset({"river", "creek", "lake", "pond"})


def storm_reports(town: Town, seed: int, at: datetime, a_day: float) -> list[Report]:
    """Return what is reported after a storm that comes at ``at``, in the order of time: the same for the same instant.

    Args:
        a_day: Reports on an average day.
    """
    source = chance(seed, "storm", at)
    low = low_places(town, seed)
    count = max(8, round(OF_A_DAY * a_day))
    return sorted(_told(town, low, at, count, source), key=lambda one: one.at)


def _told(town: Town, low: Sequence[Place], at: datetime, count: int, source: Random) -> Iterator[Report]:
    for number in range(count):
        kind = pick(source, SHARES)
        trouble, mark = OF[kind]
        if kind == "ponding":
            place = town.where.near(source.choice(low), 70.0, source)
        else:
            place = town.where.draw_before(LEAFY, source)
        # The first calls come at once, most within half an hour.
        when = at + timedelta(seconds=round(60 + LASTS.total_seconds() * source.betavariate(1.3, 2.6)))
        problem = f"storm {at:%Y%m%d%H%M%S}/{number}"
        first = town.at_place(trouble, place, mark, when, pick(source, SOURCES), source, problem)
        yield first
        if source.random() < TOLD_AGAIN:
            later = when + timedelta(seconds=round(60 + source.expovariate(1 / 900)))
            yield town.again(first, trouble, later, source)


def low_places(town: Town, seed: int) -> list[Place]:
    """Return where water stands: of many places those nearest to the water."""
    source = chance(seed, "low places")
    places = [town.where.draw(source) for _number in range(TRIED)]
    water = shapely.union_all([one.shape for one in town.ground.layout.patches if one.kind in WATER])
    away = shapely.distance(water, shapely.points([(one.x, one.y) for one in places]))
    return [places[number] for number in np.argsort(away, kind="stable")[:LOW_PLACES].tolist()]
