"""What people report: where, when, of which class, in which words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import shapely

from cityloop.demo.rules.chance import chance, pick
from cityloop.demo.rules.ground import CORE, NORMAL, Area, Ground, point_in, point_near
from cityloop.demo.rules.mix import HOURS, SOURCES, SPOT_SHARE, TROUBLES, WEEKDAYS, Trouble
from cityloop.demo.rules.words import MAIN_ROADS, SIDE_ROADS, SPOTS
from cityloop.standards.rules import Category

BUSY = {CORE: 3.0, NORMAL: 1.6}
"""How much more happens in a community of a zone than in one outside."""
SPOT_KINDS = ("market", "market", "nightmarket", "school", "school", "station", "mall")
SPOT_SPREAD_M = 70.0


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A place that draws trouble of some classes: a market, a school."""

    kind: str
    community: Area
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports: a class with the filing condition that will be found, where and when, in which words."""

    at: datetime
    category: str
    condition: str
    source: str
    lon: float
    lat: float
    community: str
    address: str
    description: str


@dataclass(frozen=True, slots=True)
class Town:
    """The city as the place of reports; ``classes`` are those that it uses, by key, ``roads`` two for each community."""

    ground: Ground
    classes: Mapping[str, Category]
    spots: tuple[HotSpot, ...]
    roads: Mapping[str, tuple[str, ...]]

    def report(self, trouble: Trouble, at: datetime, source: Random, *, origin: str = "") -> Report:
        """Draw a report of ``trouble``; its source is ``origin``, or drawn where none is named."""
        community, lon, lat = self._place(trouble, source)
        category = self.classes[trouble.category]
        condition = source.choice(category.conditions)
        street, road = self.ground.name(community.parent), source.choice(self.roads[community.code])
        return Report(
            at=at,
            category=category.key,
            condition=condition.key,
            source=origin or pick(source, SOURCES),
            lon=lon,
            lat=lat,
            community=community.code,
            address=f"{street}{community.name}{road}{source.randrange(1, 220)}号{source.choice(SPOTS)}",
            description=source.choice(trouble.words or (f"{category.name_zh}：{condition.text_zh}",)),
        )

    def _place(self, trouble: Trouble, source: Random) -> tuple[Area, float, float]:
        spots = [spot for spot in self.spots if spot.kind in trouble.spots]
        if spots and source.random() < SPOT_SHARE:
            spot = source.choice(spots)
            lon, lat = point_near(spot.lon, spot.lat, SPOT_SPREAD_M, source)
            if shapely.contains_xy(spot.community.shape, lon, lat):
                return spot.community, lon, lat
        [area] = source.choices(self.ground.communities, [BUSY.get(area.zone, 1.0) for area in self.ground.communities])
        return area, *point_in(area.shape, source)


def town(seed: int, ground: Ground, classes: Mapping[str, Category]) -> Town:
    """Return the town on ``ground``: hot spots well inside communities near the centre, and the roads."""
    source = chance(seed, "town")
    inner = [area for area in ground.communities if area.zone in BUSY]
    spots = tuple(
        HotSpot(kind, area, *point_in(shapely.buffer(area.shape, -0.0012), source))
        for kind, area in zip(SPOT_KINDS, source.sample(inner, len(SPOT_KINDS)), strict=True)
    )
    roads = {
        area.code: (side, source.choice(MAIN_ROADS)) for area, side in zip(ground.communities, SIDE_ROADS, strict=True)
    }
    return Town(ground, classes, spots, roads)


def any_trouble(source: Random, troubles: Sequence[Trouble] = TROUBLES) -> Trouble:
    """Draw one of ``troubles`` by their weights."""
    [trouble] = source.choices(troubles, [one.weight for one in troubles])
    return trouble


def reports_between(
    place: Town, seed: int, *, first: date, last: date, a_day: float, zone: ZoneInfo
) -> Iterator[Report]:
    """Yield what is reported from the day ``first`` to the day ``last``, both included, in order of time.

    Args:
        place: Where.
        seed: What draws; each day is drawn by itself, whatever days stand before it.
        first: A day of the city.
        last: Another.
        a_day: How many reports a day brings on the average.
        zone: The city's.
    """
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        source = chance(seed, "day", day)
        expected = a_day * WEEKDAYS[day.weekday()] * len(WEEKDAYS) / sum(WEEKDAYS)
        troubles = [any_trouble(source) for _one in range(max(0, round(source.gauss(expected, expected**0.5))))]
        stamped = sorted(((_hour(one, day, zone, source), one) for one in troubles), key=lambda pair: pair[0])
        for at, trouble in stamped:
            yield place.report(trouble, at, source)


def _hour(trouble: Trouble, day: date, zone: ZoneInfo, source: Random) -> datetime:
    """Return an instant of ``day`` at which such a thing is likely reported."""
    local = datetime.combine(day, time(pick(source, HOURS[trouble.hours])), tzinfo=zone)
    return local.astimezone(UTC) + timedelta(seconds=source.randrange(3600))


def disposal_share(source: Random) -> float:
    """Draw which part of its limit a disposal takes: most well within it, about six in a hundred beyond.

    Source:
        On-time disposal of 76 to 97 in 100, as on the project's page of scale (5.4).
    """
    return min(2.5, source.lognormvariate(-0.8, 0.51))
