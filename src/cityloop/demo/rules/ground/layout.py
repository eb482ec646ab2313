"""The city on the ground, in metres from its centre: all that is drawn, before it gets codes."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.ground.blocks import Blocks, Use, part
from cityloop.demo.rules.ground.buildings import Buildings, build, facing, lots
from cityloop.demo.rules.ground.extent import Bend, Extent
from cityloop.demo.rules.ground.faces import Faces, Ints, Shapes, cut_apart
from cityloop.demo.rules.ground.grids import Division, divide
from cityloop.demo.rules.ground.names import lane_name, road_names, stems
from cityloop.demo.rules.ground.plan import LANE, MAIN, SIDE, Plan, draw
from cityloop.demo.rules.ground.water import blob, sea, waters
from cityloop.geography.rules.shapes import column


class RoadClass(StrEnum):
    MAIN = "main"  # 主干路
    SIDE = "side"  # 次干路
    LANE = "lane"  # 支路、街巷
    PATH = "path"  # in parks


CLASS_OF = {MAIN: RoadClass.MAIN, SIDE: RoadClass.SIDE, LANE: RoadClass.LANE}


@dataclass(frozen=True, slots=True)
class Road:
    """A road with its middle line, of one piece or several."""

    name: str
    kind: RoadClass
    line: Any


@dataclass(frozen=True, slots=True)
class Patch:
    """Ground of one kind: a ``Use``, or ``river``, ``creek``, ``lake``, ``pond``, ``sea``,
    ``green``, ``wood``, ``farm``, ``pitch``.
    """

    kind: str
    name: str
    shape: Any


@dataclass(frozen=True, slots=True)
class Layout:
    """The city in metres.

    Args:
        faces: What lies between all roads and walls.
        kinds: ``(edges,)`` what each edge of the faces is.
        road_of: ``(edges,)`` the road that each is a piece of; -1 for none.
        uses: ``(faces,)``.
        lots: ``(faces,)`` what is neither road nor water.
        names: ``(faces,)`` what the ground is called; ``""`` where it has no name.
    """

    extent: Extent
    faces: Faces
    kinds: Ints
    road_of: Ints
    uses: list[Use]
    lots: Shapes
    division: Division
    roads: tuple[Road, ...]
    names: list[str]
    patches: tuple[Patch, ...]
    buildings: Buildings


GARDEN_M2 = 2200
"""What is left between roads and smaller than this is a garden."""

NAMED = {
    Use.ESTATE: ("花园", "小区", "新村", "家园", "苑"),
    Use.TOWER: ("华庭", "公馆", "府", "名邸", "国际城"),
    Use.CROWDED: ("村",),
    Use.COMMERCE: ("广场", "商城", "购物中心", "天地"),
    Use.OFFICE: ("大厦", "行政服务中心", "科创园"),
    Use.SCHOOL: ("小学", "中学", "实验学校", "幼儿园"),
    Use.HOSPITAL: ("医院",),
    Use.MARKET: ("农贸市场", "综合市场", "夜市"),
    Use.STATION: ("客运站",),
    Use.INDUSTRY: ("工业园", "物流园", "食品厂", "机械厂"),
    Use.PARK: ("公园",),
    Use.SQUARE: ("市民广场",),
    Use.OLD: ("里",),
}
"""What stands behind the stem of a name."""


def survey(seed: int, extent: Extent) -> Layout:
    """Return the city that ``seed`` stands for."""
    bend = Bend(extent, chance(seed, "bend"))
    plan = draw(extent, chance(seed, "plan"))
    blocks = part(plan, chance(seed, "blocks"))
    faces = cut_apart(column([line for _kind, _key, line in plan.lines]), bend.shape)
    block = _block_of(faces, blocks, bend)
    uses = [blocks.uses[one] for one in block.tolist()]
    kinds = np.array([plan.lines[line][0] for line in faces.of_line.tolist()], dtype=np.int64)
    roads, road_of = _roads(plan, faces, kinds, chance(seed, "names"))
    division = divide(faces, kinds, block, _quarters(plan, blocks), blocks.uses)
    source = chance(seed, "water")
    water = [Patch(one.kind, one.name, bend.shape(one.shape)) for one in waters(plan, source)]
    wet = shapely.union_all([one.shape for one in water])
    lot = lots(faces, kinds, wet)
    busy = _busy(faces, kinds)
    buildings = build(lot, uses, busy, chance(seed, "buildings"))
    names = _names(blocks, chance(seed, "grounds"))
    parks, paths = _parks(names, blocks, block, lot, wet, chance(seed, "parks"))
    patches = (
        Patch("sea", "", bend.shape(sea(plan))),
        *water,
        *_woods(plan, bend, wet, chance(seed, "woods")),
        *_grounds(names, blocks, block, lot, chance(seed, "fields")),
        *_pitches(uses, lot, buildings, chance(seed, "pitches")),
        *parks,
    )
    return Layout(
        extent,
        faces,
        kinds,
        road_of,
        uses,
        lot,
        division,
        (*roads, *paths),
        [names.get(one, "") for one in block.tolist()],
        patches,
        buildings,
    )


def _block_of(faces: Faces, blocks: Blocks, bend: Bend) -> Ints:
    """Return ``(faces,)`` the block in which each face lies."""
    points = bend.back(shapely.get_coordinates(shapely.point_on_surface(faces.shapes)))
    near, block = shapely.STRtree(blocks.shapes).query_nearest(shapely.points(points), all_matches=False)
    found: Ints = np.zeros(len(faces.shapes), dtype=np.int64)
    found[near] = block
    return found


def _quarters(plan: Plan, blocks: Blocks) -> Ints:
    """Return ``(blocks,)`` the street of each: by the river and by the road through the city; north-west first."""
    middles = shapely.get_coordinates(shapely.centroid(blocks.shapes))
    east = middles[:, 0] > plan.columns[plan.axis]
    south = middles[:, 1] < 0
    quarters: Ints = (2 * south + east).astype(np.int64)
    return quarters


def _roads(plan: Plan, faces: Faces, kinds: Ints, source: Random) -> tuple[tuple[Road, ...], Ints]:
    keys = np.array([plan.lines[line][1] for line in faces.of_line.tolist()])
    by_key: dict[str, list[int]] = defaultdict(list)
    for edge, key in enumerate(keys.tolist()):
        if key:
            by_key[key].append(edge)
    strong = [key for key in by_key if not key.startswith("lane/")]
    strong.sort(key=lambda key: (int(kinds[by_key[key][0]]), key))
    north = next(number for number, v in enumerate(plan.rows) if v > 0)
    old = (f"column/{plan.axis - 1}", f"column/{plan.axis + 1}", f"row/{north}")
    walls = [key if key in by_key else f"{key}/1" for key in old]
    names = road_names(strong, plan.axis, walls, source)
    names |= _lane_names(by_key, faces, kinds, keys, names, source)
    by_name: dict[tuple[str, RoadClass], list[int]] = defaultdict(list)
    for key in [*strong, *sorted(set(by_key) - set(strong))]:
        by_name[names[key], CLASS_OF[int(kinds[by_key[key][0]])]] += by_key[key]
    roads, road_of = [], np.full(len(keys), -1, dtype=np.int64)
    for number, ((name, kind), edges) in enumerate(by_name.items()):
        road_of[edges] = number
        roads.append(Road(name, kind, shapely.line_merge(shapely.multilinestrings(faces.edges[edges]))))
    return tuple(roads), road_of


def _lane_names(
    by_key: dict[str, list[int]],
    faces: Faces,
    kinds: Ints,
    keys: NDArray[np.str_],
    names: dict[str, str],
    source: Random,
) -> dict[str, str]:
    """Return names for lanes: numbered off the nearest road; those of the old quarter and of the rest alike."""
    strong = np.flatnonzero((kinds == MAIN) | (kinds == SIDE))
    tree = shapely.STRtree(faces.edges[strong])
    lanes = sorted(key for key in by_key if key.startswith("lane/"))
    firsts = faces.edges[[by_key[key][0] for key in lanes]]
    _lane, near = tree.query_nearest(firsts, all_matches=False)
    count: dict[str, int] = defaultdict(int)
    own = stems(source)
    found: dict[str, str] = {}
    taken = set(names.values())
    for key, place in zip(lanes, near.tolist(), strict=True):
        road = names[str(keys[strong[place]])]
        stem = road[:-2] if road.endswith(("大道", "大街")) else road[:-1]
        if source.random() < 0.22 or count[stem] >= 40:
            stem = next(own)
            if f"{stem}路" in taken or f"{stem}街" in taken:
                stem = next(own)
            found[key] = stem + source.choice(("巷", "弄", "里", "胡同", "巷"))
        else:
            count[stem] += 1
            found[key] = lane_name(stem, count[stem], source)
    return found


def _busy(faces: Faces, kinds: Ints) -> NDArray[np.bool_]:
    """Return ``(faces,)`` which lie along an arterial or a secondary road."""
    busy = np.zeros(len(faces.shapes), dtype=bool)
    for side in (faces.left, faces.right):
        inner = (side >= 0) & ((kinds == MAIN) | (kinds == SIDE))
        busy[side[inner]] = True
    return busy


def _woods(plan: Plan, bend: Bend, wet: Any, source: Random) -> list[Patch]:
    country = shapely.difference(shapely.buffer(plan.outline, -60), shapely.buffer(plan.town, 60))
    west, south, east, north = country.bounds
    found = []
    for _number in range(round(shapely.area(country) / 900_000)):
        grove = blob(source.uniform(west, east), source.uniform(south, north), source.uniform(50, 330), source)
        found += [
            Patch("wood", "", shapely.difference(bend.shape(one), wet))
            for one in shapely.get_parts(shapely.intersection(grove, country))
            if one.geom_type == "Polygon" and one.area > 4000
        ]
    return [one for one in found if not shapely.is_empty(one.shape)]


def _grounds(names: Mapping[int, str], blocks: Blocks, block: Ints, lot: Shapes, source: Random) -> list[Patch]:
    """Return the ground of each block, but for parks, as one patch; small corners are gardens, most of the country fields."""
    found: list[Patch] = []
    small = shapely.area(lot) < GARDEN_M2
    for number, use in enumerate(blocks.uses):
        own = np.flatnonzero((block == number) & ~shapely.is_empty(lot))
        if use in {Use.BANK, Use.COUNTRY}:
            kind = "green" if use is Use.BANK else "farm"
            found += [Patch(kind, "", lot[one]) for one in own if use is Use.BANK or source.random() < 0.7]
            continue
        found += [Patch("green", "", lot[one]) for one in own if small[one]]
        built = own[~small[own]]
        if len(built) and use is not Use.PARK:
            found.append(Patch(use.value, names[number], shapely.union_all(lot[built])))
    return found


def _names(blocks: Blocks, source: Random) -> dict[int, str]:
    """Return names of blocks, by their number; the bank and the country have none."""
    stem = stems(source)
    return {number: next(stem) + source.choice(NAMED[use]) for number, use in enumerate(blocks.uses) if use in NAMED}


def _parks(
    names: Mapping[int, str], blocks: Blocks, block: Ints, lot: Shapes, wet: Any, source: Random
) -> tuple[list[Patch], list[Road]]:
    """Return parks with their ponds, and the paths in them."""
    found, paths = [], []
    for number in (place for place, use in enumerate(blocks.uses) if use is Use.PARK):
        ground = shapely.union_all(shapely.buffer(lot[block == number], 2.0, join_style="mitre"))
        if shapely.area(ground) < GARDEN_M2:
            continue
        found.append(Patch("park", names[number], ground))
        inner = shapely.buffer(shapely.buffer(ground, -55, join_style="round"), 25)
        x, y = shapely.get_coordinates(shapely.point_on_surface(ground))[0].tolist()
        pond = blob(x, y, 0.13 * shapely.area(ground) ** 0.5, source)
        if shapely.contains(ground, pond) and not shapely.intersects(pond, wet):
            found.append(Patch("pond", "", pond))
        else:
            pond = shapely.intersection(wet, ground)
        ring = shapely.difference(shapely.boundary(inner), shapely.buffer(wet, 3))
        shore = shapely.intersection(shapely.boundary(shapely.buffer(pond, 9)), ground)
        across = shapely.intersection(_diagonal(ground), shapely.difference(ground, shapely.buffer(pond, 9)))
        paths += [Road("", RoadClass.PATH, line) for line in (ring, shore, across) if shapely.length(line) > 20]
    return found, paths


def _diagonal(ground: Any) -> Any:
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(ground))
    return shapely.multilinestrings([[corners[0], corners[2]], [corners[1], corners[3]]])


def _pitches(uses: list[Use], lot: Shapes, buildings: Buildings, source: Random) -> list[Patch]:
    """Return a running track for each school that has the room."""
    found = []
    for face in (place for place, use in enumerate(uses) if use is Use.SCHOOL):
        houses = shapely.union_all(shapely.buffer(buildings.shapes[buildings.face == face], 6))
        free = shapely.difference(shapely.buffer(lot[face], -5), houses)
        if shapely.is_empty(free):
            continue
        shapely.prepare(free)
        west, south, east, north = shapely.bounds(lot[face]).tolist()
        for number in range(60):
            x, y = source.uniform(west, east), source.uniform(south, north)
            half = (42.0, 30.0, 18.0)[number // 20]
            angle = facing(lot[face]) + (math.pi / 2 if number % 2 else 0)
            run = np.array([math.cos(angle), math.sin(angle)]) * half
            track = shapely.buffer(shapely.linestrings(np.array([x, y]) + np.stack((-run, run))), half)
            if shapely.contains(free, track):
                found.append(Patch("pitch", "", track))
                break
    return found
