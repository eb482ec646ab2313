"""What goes wrong in the city: classes with their weights, hours and words.

Source:
    The weights are the small classes of a county's dashboard, the shares of sources a district's monthly bulletin, as on
    the project's page of scale (5.1, 5.4); parts are 3 in 100.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SCHEME = "gb47678_2026"
OWN_CLASS = f"{SCHEME}/event/09999"
"""The class that the city adds: the first number that the scheme leaves to a city's own."""

DAY, EVENING, ANY = "day", "evening", "any"

HOURS: Mapping[str, Mapping[int, float]] = {
    # two peaks, 8:30-10:30 and 14:30-16:30
    DAY: {7: 2, 8: 9, 9: 14, 10: 10, 11: 6, 12: 2, 13: 3, 14: 10, 15: 13, 16: 9, 17: 5, 18: 2, 19: 1},
    # vendors and barbecue
    EVENING: {8: 4, 9: 6, 10: 4, 11: 4, 15: 4, 16: 6, 17: 9, 18: 14, 19: 16, 20: 11, 21: 5},
    ANY: {6: 1, 7: 3, 8: 7, 9: 10, 10: 8, 11: 6, 12: 4, 13: 4, 14: 8, 15: 9, 16: 8, 17: 6, 18: 4, 19: 3, 20: 2, 21: 1},
}
"""Weights of the hours of the day."""

WEEKDAYS = (1.05, 1.0, 1.0, 0.98, 1.02, 0.8, 0.65)
"""How busy Monday to Sunday are."""

SOURCES: Mapping[str, float] = {
    "collector": 92.8, "hotline": 3.6, "transfer_12345": 1.2, "video_ai": 1.1, "wechat": 0.7, "web": 0.3, "leader": 0.3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trouble:
    """One class as it occurs: its weight, its hours, the hot spots that draw it, and how people describe it.

    A class without ``words`` is described by the text of its filing condition.
    """

    category: str
    weight: float
    hours: str
    spots: tuple[str, ...]
    words: tuple[str, ...]


def _event(code: str, weight: float, hours: str, spots: str, *words: str) -> Trouble:
    return Trouble(f"{SCHEME}/event/{code}", weight, hours, tuple(spots.split()), words)


def _part(code: str, weight: float) -> Trouble:
    return Trouble(f"{SCHEME}/part/{code}", weight, ANY, (), ())


TROUBLES = (
    _event("09010", 613, DAY, "station school market", "非机动车停放杂乱，占用人行道", "电动自行车越线停放", "非机动车占用盲道停放"),
    _event("07007", 367, DAY, "mall school", "沿街悬挂条幅，未经批准", "树木间拉挂横幅", "灯杆悬挂宣传品"),
    _event("06036", 307, DAY, "market", "店铺门前堆放杂物", "人行道堆放纸箱、木板", "楼道口堆放废旧物品"),
    _event("06010", 275, DAY, "market nightmarket", "暴露垃圾约一平方米", "垃圾散落路边未清理", "绿化带旁有袋装垃圾"),
    _event("06007", 191, DAY, "", "沿街护栏晾晒衣被", "树木间拉绳晾晒"),
    _event("09001", 184, EVENING, "nightmarket school station", "流动摊贩占道经营水果", "三轮车占道卖小吃", "路口有游商叫卖"),
    _event("07001", 107, DAY, "station", "墙面张贴小广告三处", "灯杆喷涂小广告", "公交站牌张贴小广告"),
    _event("06042", 102, ANY, "nightmarket market", "垃圾箱满溢，周边有散落垃圾", "分类投放点满溢"),
    _event("06012", 90, DAY, "market", "路面有油污、纸屑", "道路积尘，未及时清扫"),
    _event("09005", 71, EVENING, "mall nightmarket market", "店外摆放货架经营", "餐饮店外摆桌椅"),
    _event("06052", 55, DAY, "", "无障碍坡道破损", "坡道砖块松动"),
    _event("09009", 44, DAY, "school station", "机动车停放在人行道上", "机动车占用公交站停放"),
    _event("06013", 34, DAY, ""),
    _event("06029", 26, EVENING, "nightmarket", "露天烧烤，油烟扰民"),
    _event("06017", 24, DAY, "", "绿地内有垃圾", "绿化带脏乱"),
    _event("08006", 18, DAY, "", "施工物料堆放在围挡外"),
    _event("06004", 16, DAY, ""),
    _event("06045", 9, DAY, "", "绿地被占用种菜"),
    _event("10002", 6, ANY, "", "架空线缆脱落，垂至人行道"),
    Trouble(OWN_CLASS, 22, EVENING, ("school",), ("从楼上拉线为电动自行车充电", "飞线充电，插座外露")),
    _part("01002", 16),
    _part("01003", 14),
    _part("01037", 18),
    _part("04002", 10),
    _part("03005", 9),
    _part("01001", 6),
    _part("01027", 5),
)  # fmt: skip

REPAIRED_BY = frozenset({"municipal", "drainage", "lighting", "greening", "water_supply", "telecom"})
"""Kinds of departments whose classes take material and fair weather."""

SPOT_SHARE = 0.45
"""The part of a drawn class's cases that happen at one of its hot spots."""
