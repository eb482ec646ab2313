"""Names of roads: made up, of the shape that Chinese roads have."""

from collections.abc import Iterator, Sequence
from random import Random

from cityloop.demo.rules.words import CITY

FIRST = "云听望月松桂柳石荷青晴竹南北白梧星麦雁芦橘枫棠书盐渡银澄潮鹤霁溪兰锦文永安和景清碧丹瑞长秋春朝晚"
SECOND = "汀澜舟埠涧影堤塘砚洲屏岸鹭桐桥帆垄湾园林院仓津杏浦渚亭台坞陌川畔圃苑峰岭泉潭门巷井坊"
NUMBERS = "一二三四五六七八九十"

OWN_NAMES = {"bank/1": "滨江北路", "bank/-1": "滨江南路"}


def stems(source: Random) -> Iterator[str]:
    """Yield two signs after each other that make a name, none twice, until all are used."""
    pairs = [first + second for first in FIRST for second in SECOND if first != second]
    source.shuffle(pairs)
    yield from pairs


def road_names(keys: Sequence[str], axis: int, walls: Sequence[str], source: Random) -> dict[str, str]:
    """Return a name for each road.

    Args:
        keys: Of the roads: arterials and secondary ones, no lanes.
        axis: The column that leads through the city.
        walls: Keys of the roads where the walls of the old quarter stood: west, east, north.
        source: Draws the others.
    """
    stem = stems(source)
    named = OWN_NAMES | dict(zip(walls, ("环城西路", "环城东路", "环城北路"), strict=True))
    names: dict[str, str] = {}
    for key in keys:
        kind, number, *_side = key.split("/")
        if kind == "column" and int(number) == axis:
            names[key] = f"{CITY.removesuffix('市')}大道"
        elif kind == "shore":
            names[key] = "观海路" if number == "0" else f"观海{'北南东西'[int(number) % 4]}路"
        elif key in named:
            names[key] = named[key]
        else:
            # A street that crosses the river without a bridge has another name on the other bank.
            named[key] = names[key] = next(stem) + _ending(kind, source)
    return names


def _ending(kind: str, source: Random) -> str:
    match kind:
        case "column" | "row":
            return source.choice(("路", "路", "路", "大道", "大街"))
        case "country":
            return source.choice(("线", "路", "路"))
        case "u":
            return source.choice(("路", "路", "街"))
        case _:
            return source.choice(("街", "街", "路"))


def lane_name(stem: str, number: int, source: Random) -> str:
    """Return the name of the ``number``-th lane off the road ``stem``, from 1."""
    return f"{stem}{_written(number)}{source.choice('巷弄里')}"


def _written(number: int) -> str:
    """Return a whole number from 1 to 99 as it is written on a road sign."""
    tens, ones = divmod(number, 10)
    text = ("" if tens == 1 else NUMBERS[tens - 1]) + "十" if tens else ""
    return text + (NUMBERS[ones - 1] if ones else "")
