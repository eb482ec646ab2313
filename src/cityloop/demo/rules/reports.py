"""What people report: where, when, of which class, in which words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from cityloop.demo.rules.chance import chance, pick
from cityloop.demo.rules.ground import Ground, Use
from cityloop.demo.rules.mix import (
    AGAIN_SHARE,
    ALSO,
    HOURS,
    MONTHS,
    SOURCES,
    SPOT_SHARE,
    TROUBLES,
    WEEKDAYS,
    Trouble,
)
from cityloop.demo.rules.texts import told
from cityloop.demo.rules.whereabouts import Place, Whereabouts
from cityloop.standards.rules import Category, Condition

SPOT_KINDS: Mapping[str, Use] = {
    "market": Use.MARKET, "nightmarket": Use.CROWDED, "school": Use.SCHOOL, "station": Use.STATION, "mall": Use.COMMERCE,
}  # fmt: skip
"""Before ground of which use a hot spot of a kind lies."""

SPOT_COUNTS = {"market": 5, "nightmarket": 4, "school": 8, "station": 2, "mall": 6}
SPOT_SPREAD_M = 55.0


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A place that draws trouble of some classes: a market, a school."""

    kind: str
    place: Place


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports: a class with the filing condition that will be found, where and when, in which words.

    Reports with the same ``problem`` tell of one thing; the generator knows, a city has to find out.
    """

    at: datetime
    category: str
    condition: str
    source: str
    lon: float
    lat: float
    community: str
    address: str
    description: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Town:
    """The city as the place of reports; ``classes`` are those that it uses, by key."""

    ground: Ground
    classes: Mapping[str, Category]
    where: Whereabouts
    spots: tuple[HotSpot, ...]

    def report(self, trouble: Trouble, at: datetime, source: Random, *, origin: str = "", problem: str = "") -> Report:
        """Draw a report of ``trouble``; its source is ``origin``, or drawn where none is named."""
        place = self._place(trouble, source)
        category = self.classes[trouble.category]
        condition = source.choice(category.conditions)
        return self._told(trouble, place, condition, at, origin or pick(source, SOURCES), source, problem)

    def again(self, first: Report, trouble: Trouble, at: datetime, source: Random) -> Report:
        """Draw what somebody else reports of the same thing: later, a little aside, in other words."""
        place = self.where.at(first.lon, first.lat, source.gauss(0, 7), source.gauss(0, 7))
        condition = next(one for one in self.classes[trouble.category].conditions if one.key == first.condition)
        return self._told(trouble, place, condition, at, pick(source, ALSO), source, first.problem)

    def at_place(
        self, trouble: Trouble, place: Place, mark: str, at: datetime, origin: str, source: Random, problem: str
    ) -> Report:
        """Return a report of ``trouble`` at ``place``, of the filing condition that ends in ``mark``."""
        conditions = self.classes[trouble.category].conditions
        condition = next((one for one in conditions if one.id == mark), conditions[0])
        return self._told(trouble, place, condition, at, origin, source, problem)

    def _told(
        self,
        trouble: Trouble,
        place: Place,
        condition: Condition,
        at: datetime,
        origin: str,
        source: Random,
        problem: str,
    ) -> Report:
        category = self.classes[trouble.category]
        words = (
            source.choice(trouble.words)
            if trouble.words
            else f"{category.name_zh}{source.choice('，：')}{condition.text_zh}"
        )
        return Report(
            at=at,
            category=category.key,
            condition=condition.key,
            source=origin,
            lon=place.lon,
            lat=place.lat,
            community=self.ground.communities[place.community].code,
            address=self.where.say(place, source),
            description=told(
                words,
                road=self.where.road(place),
                number=place.number,
                name=self.where.name(place),
                source=origin,
                draw=source,
            ),
            problem=problem,
        )

    def _place(self, trouble: Trouble, source: Random) -> Place:
        spots = [spot for spot in self.spots if spot.kind in trouble.spots]
        if spots and source.random() < SPOT_SHARE:
            return self.where.near(source.choice(spots).place, SPOT_SPREAD_M, source)
        return self.where.draw(source)


def town(seed: int, ground: Ground, classes: Mapping[str, Category]) -> Town:
    """Return the town on ``ground``, with its hot spots."""
    source = chance(seed, "town")
    where = Whereabouts(ground)
    spots = tuple(
        HotSpot(kind, where.draw_before([use], source))
        for kind, use in SPOT_KINDS.items()
        for _number in range(SPOT_COUNTS[kind])
    )
    return Town(ground, classes, where, spots)


def any_trouble(source: Random, troubles: Sequence[Trouble] = TROUBLES, month: int = 0) -> Trouble:
    """Draw one of ``troubles`` by their weights; those of a ``month`` (1 to 12) if one is named."""
    [trouble] = source.choices(troubles, [one.weight * one.season.get(month, 1.0) for one in troubles])
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
        a_day: How many reports a day brings on the average of a year.
        zone: The city's.
    """
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        source = chance(seed, "day", day)
        expected = a_day * WEEKDAYS[day.weekday()] * len(WEEKDAYS) / sum(WEEKDAYS) * MONTHS[day.month - 1]
        # The weather, a holiday, a campaign: days differ more than chance alone would have them.
        count = source.gauss(expected, (expected + (0.12 * expected) ** 2) ** 0.5) / (1 + AGAIN_SHARE * AGAIN_MEAN)
        found: list[Report] = []
        weights = [one.weight * one.season.get(day.month, 1.0) for one in TROUBLES]
        for place_in_day, trouble in enumerate(source.choices(TROUBLES, weights, k=max(0, round(count)))):
            one = place.report(trouble, _hour(trouble, day, zone, source), source, problem=f"{day}/{place_in_day}")
            found += [one, *_others(place, one, trouble, source)]
        yield from sorted(found, key=lambda report: report.at)


AGAIN_MEAN = 1.6
"""How many others tell of a problem that more than one person tells of."""


def _others(place: Town, first: Report, trouble: Trouble, source: Random) -> Iterator[Report]:
    """Yield what others report of the same thing within hours, if they do."""
    if source.random() >= AGAIN_SHARE:
        return
    for _number in range(pick(source, {1: 6, 2: 2.5, 3: 1, 4: 0.5})):
        later = timedelta(seconds=120 + round(source.expovariate(1 / 5400)))
        yield place.again(first, trouble, first.at + later, source)


def _hour(trouble: Trouble, day: date, zone: ZoneInfo, source: Random) -> datetime:
    """Return an instant of ``day`` at which such a thing is likely reported."""
    local = datetime.combine(day, time(pick(source, HOURS[trouble.hours])), tzinfo=zone)
    return local.astimezone(UTC) + timedelta(seconds=source.randrange(3600))
