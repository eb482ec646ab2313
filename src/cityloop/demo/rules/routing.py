"""The routing rules of the demo city: what its dispatchers have written down over the years."""

from collections.abc import Sequence

from cityloop.cases.rules.routing import Rule
from cityloop.demo.rules.mix import SCHEME

FLOOD, WINTER = ("05-15", "10-15"), ("12-01", "02-28")
NIGHT = (18 * 60, 6 * 60)
HELD_PLACES = ("09001", "09005", "09006", "09022")
"""Vendors, shops that spread onto the pavement, stalls, sales in the street."""


def seed_rules(streets: Sequence[str]) -> list[Rule]:
    """Return the rules, numbered from 1.

    Args:
        streets: Codes of the city's streets, in order: the first ones lie north of the river.
    """
    middle = len(streets) // 2
    north, south = tuple(streets[:middle]), tuple(streets[middle:])
    vendors = _events(*HELD_PLACES)
    return [
        Rule(1, "HW", classes=_events("06010", "06012", "06042"), note="全市保洁合同，统一由环卫处置"),
        Rule(2, "JD-1", ("HW",), classes=_events("06010"), areas=north[:1], level="street", words=("后巷", "背街", "楼道"),
             note="背街小巷属街道保洁，环卫协办"),
        Rule(3, "ZF-1", classes=vendors, areas=north, level="street"),
        Rule(4, "ZF-2", classes=vendors, areas=south, level="street"),
        Rule(5, "ZF-3", classes=vendors, areas=tuple(streets), level="street", hours=NIGHT, note="夜间由直属中队巡查"),
        Rule(6, "JJ", classes=_events("09009"), note="占用车道、公交站的由交警清拖"),
        Rule(7, "XF", ("JJ",), classes=_events("09012"), note="消防通道被占，交警协办"),
        Rule(8, "PS", ("SZ",), words=("积水", "内涝", "倒灌"), season=FLOOD, note="汛期积水先由排水处置，市政协办"),
        Rule(9, "HW", ("SZ",), words=("积雪", "结冰", "打滑"), season=WINTER, note="除雪预案"),
        Rule(10, "GS", words=("爆管", "自来水"), priority=5, note="供水管线"),
        Rule(11, "RQ", words=("燃气", "煤气味"), priority=9, note="有人说到燃气的，先派燃气公司"),
        Rule(12, "YL", ("SZ",), words=("树倒", "倒伏的树", "断枝"), note="先清障，再补种"),
    ]  # fmt: skip


def _events(*codes: str) -> tuple[str, ...]:
    return tuple(f"{SCHEME}/event/{code}" for code in codes)
