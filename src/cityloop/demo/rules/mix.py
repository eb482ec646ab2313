"""What goes wrong in the city: classes with their weights, hours, seasons and words.

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

MONTHS = (0.9, 0.72, 0.98, 1.03, 1.08, 1.06, 1.12, 1.1, 1.04, 0.99, 1.02, 0.96)
"""How busy January to December are: quiet around the Spring Festival, busiest in the heat."""

ALWAYS: Mapping[int, float] = {}
HEAT: Mapping[int, float] = {
    1: 0.3,
    2: 0.3,
    3: 0.6,
    4: 0.9,
    5: 1.3,
    6: 1.6,
    7: 1.9,
    8: 1.8,
    9: 1.4,
    10: 0.9,
    11: 0.5,
    12: 0.3,
}
LEAVES: Mapping[int, float] = {9: 1.1, 10: 1.8, 11: 2.4, 12: 1.6}
WET: Mapping[int, float] = {
    1: 0.4,
    2: 0.5,
    3: 0.8,
    4: 1.1,
    5: 1.3,
    6: 2.2,
    7: 2.0,
    8: 1.6,
    9: 1.2,
    10: 0.7,
    11: 0.5,
    12: 0.4,
}
COLD: Mapping[int, float] = {
    3: 0.3,
    4: 0.05,
    5: 0.0,
    6: 0.0,
    7: 0.0,
    8: 0.0,
    9: 0.0,
    10: 0.05,
    11: 0.5,
    12: 2.0,
    1: 3.0,
    2: 2.2,
}
"""How much more or less there is of a class in a month; 1 where none is named."""

SOURCES: Mapping[str, float] = {
    "collector": 92.8, "hotline": 3.6, "transfer_12345": 1.2, "video_ai": 1.1, "wechat": 0.7, "web": 0.3, "leader": 0.3,
}  # fmt: skip

ALSO: Mapping[str, float] = {
    "collector": 30,
    "hotline": 34,
    "transfer_12345": 12,
    "wechat": 16,
    "web": 6,
    "video_ai": 2,
}
"""Through which sources others tell of what was reported before."""

AGAIN_SHARE = 0.05
"""Of how many problems more than one person tells."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One class as it occurs: its weight, its hours, the hot spots that draw it, its season, and how people describe it.

    A class without ``words`` is described by the text of its filing condition. ``{n}`` in them stands for a small number,
    ``{m}`` for square metres.
    """

    category: str
    weight: float
    hours: str
    spots: tuple[str, ...]
    season: Mapping[int, float]
    words: tuple[str, ...]


def _event(
    code: str, weight: float, hours: str, spots: str, *words: str, season: Mapping[int, float] = ALWAYS
) -> Trouble:
    return Trouble(f"{SCHEME}/event/{code}", weight, hours, tuple(spots.split()), season, words)


def _part(code: str, weight: float, season: Mapping[int, float] = ALWAYS) -> Trouble:
    return Trouble(f"{SCHEME}/part/{code}", weight, ANY, (), season, ())


TROUBLES = (
    _event("09010", 613, DAY, "station school market", "{n}辆非机动车停放杂乱，占用人行道", "{n}辆电动自行车越线停放", "非机动车占用盲道停放",
           "电动车乱停乱放，行人只能走车行道", "自行车、电动车横七竖八停了一片"),
    _event("07007", 367, DAY, "mall school", "沿街悬挂条幅，未经批准", "树木间拉挂横幅{n}条", "灯杆悬挂宣传品", "护栏上挂着促销横幅", "门头外私挂红色条幅"),
    _event("06036", 307, DAY, "market", "店铺门前堆放杂物", "人行道堆放纸箱、木板", "楼道口堆放废旧物品", "路边堆着约{m}平方米的杂物", "墙根堆了一堆旧家具和木料"),
    _event("06010", 275, DAY, "market nightmarket", "暴露垃圾约{m}平方米", "垃圾散落路边未清理", "绿化带旁有袋装垃圾{n}袋", "墙角有成堆生活垃圾，味道很大", "垃圾桶外散落垃圾"),
    _event("06007", 191, DAY, "", "沿街护栏晾晒衣被", "树木间拉绳晾晒", "绿化带上晒着被子", "阳台外挂晒，滴水到人行道"),
    _event("09001", 184, EVENING, "nightmarket school station", "流动摊贩占道经营水果", "三轮车占道卖小吃", "路口有{n}个游商叫卖", "推车卖烧饼的占了半条人行道",
           "有人摆地摊卖袜子、玩具", season=HEAT),
    _event("07001", 107, DAY, "station", "墙面张贴小广告{n}处", "灯杆喷涂小广告", "公交站牌张贴小广告", "电箱上贴满了小广告", "人行道地面喷涂电话号码广告"),
    _event("06042", 102, ANY, "nightmarket market", "垃圾箱满溢，周边有散落垃圾", "分类投放点满溢", "{n}个垃圾桶都满了没人收", "果皮箱满溢", season=HEAT),
    _event("06012", 90, DAY, "market", "路面有油污、纸屑", "道路积尘，未及时清扫", "落叶堆积未清扫约{m}平方米", "路面有泥浆拖痕", season=LEAVES),
    _event("09005", 71, EVENING, "mall nightmarket market", "店外摆放货架经营", "餐饮店外摆桌椅{n}套", "水果店把货摆到了人行道上", "超市门口堆头占道"),
    _event("06052", 55, DAY, "", "无障碍坡道破损", "坡道砖块松动", "轮椅坡道边沿缺了一块"),
    _event("09009", 44, DAY, "school station", "{n}辆机动车停放在人行道上", "机动车占用公交站停放", "小车堵住了小区消防出入口", "货车占道停放卸货"),
    _event("06013", 34, DAY, "", "路面坑洼约{m}平方米", "沥青路面破损露出石子", "人行道板砖松动、缺失{n}块", "路面沉陷，骑车容易摔", season=WET),
    _event("06029", 26, EVENING, "nightmarket", "露天烧烤，油烟扰民", "烧烤摊占道，烟雾很大", season=HEAT),
    _event("06028", 25, EVENING, "mall", "商铺音响外放，声音很大", "夜间唱歌扰民", "店门口大喇叭循环叫卖"),
    _event("06017", 24, DAY, "", "绿地内有垃圾", "绿化带脏乱", "草坪上有{n}处白色垃圾"),
    _event("08006", 18, DAY, "", "施工物料堆放在围挡外", "黄沙、水泥堆在路边约{m}平方米"),
    _event("06004", 16, DAY, "", "外墙污损、涂写", "临街墙面有大片污渍约{m}平方米", "店面外立面破旧脱皮"),
    _event("06014", 15, ANY, "", "渣土车沿路遗撒约{n}米", "路面有散落砂石", "商砼车漏浆，路面污染"),
    _event("08004", 12, DAY, "", "工地土方未覆盖，扬尘明显", "工地出入口尘土飞扬"),
    _event("09011", 20, DAY, "station mall school", "共享单车堆积约{n}0辆", "共享单车倒伏占道"),
    _event("06051", 9, DAY, "", "盲道砖缺失{n}块", "盲道被井盖隔断"),
    _event("06050", 8, DAY, "", "路缘石缺损{n}块", "路牙石被撞松动"),
    _event("06045", 9, DAY, "", "绿地被占用种菜", "花坛被人踩踏破坏约{m}平方米"),
    _event("06019", 8, DAY, "", "行道树上缠绕灯带、绳索", "树上挂着塑料袋和绳子"),
    _event("06018", 7, DAY, "", "修剪的树枝堆放未清运", "绿化弃料堆在路边", season=LEAVES),
    _event("06037", 4, ANY, "", "路面有动物尸体"),
    _event("06020", 5, EVENING, "", "有人焚烧树叶垃圾", "墙角焚烧杂物，浓烟呛人", season=LEAVES),
    _event("06025", 6, DAY, "", "河面有漂浮垃圾", "水面水草、垃圾聚集约{m}平方米", season=HEAT),
    _event("06030", 6, EVENING, "nightmarket", "餐馆往雨水口倒污水", "洗车污水横流", season=HEAT),
    _event("06035", 8, DAY, "", "路边丢弃旧沙发、床垫", "弃置旧家具{n}件"),
    _event("06040", 6, DAY, "", "车位上私装地锁{n}个", "用水泥墩占车位"),
    _event("06043", 5, DAY, "mall", "遮阳棚破损下垂", "雨棚锈蚀脱落"),
    _event("07003", 7, DAY, "mall", "楼顶私设广告牌", "违规设置立式灯箱{n}个"),
    _event("07006", 5, DAY, "mall", "牌匾缺字、破损", "门头招牌一店多牌"),
    _event("08002", 6, DAY, "", "施工占道未设围挡", "路面开挖占用非机动车道"),
    _event("08001", 8, EVENING, "", "夜间施工噪声扰民", "工地半夜还在打桩"),
    _event("09006", 12, EVENING, "market nightmarket", "修车摊占道经营", "占道摆摊卖早点"),
    _event("09019", 6, DAY, "mall station", "无障碍通道被电动车堵住", "盲道上摆放广告牌"),
    _event("09012", 7, ANY, "", "消防通道被{n}辆车占用"),
    _event("09022", 4, DAY, "mall", "商家占道搭台促销"),
    _event("09021", 3, DAY, "", "占道洗车，污水横流"),
    _event("10001", 7, DAY, "", "人行道积雪未清", "桥面结冰，车辆打滑", season=COLD),
    _event("10002", 6, ANY, "", "架空线缆脱落，垂至人行道", "电线垂下来，离地约{n}米", season=WET),
    Trouble(OWN_CLASS, 22, EVENING, ("school",), ALWAYS, ("从楼上拉线为电动自行车充电", "飞线充电，插座外露")),
    _part("01002", 12),
    _part("01003", 12, WET),
    _part("01004", 9, WET),
    _part("01037", 16),
    _part("04002", 9, WET),
    _part("03005", 8),
    _part("01001", 5),
    _part("01027", 4),
    _part("02010", 5),
    _part("02021", 3),
    _part("01007", 3),
    _part("04007", 2),
    _part("02012", 2),
)  # fmt: skip

REPAIRED_BY = frozenset({"municipal", "drainage", "lighting", "greening", "water_supply", "telecom"})
"""Kinds of departments whose classes take material and fair weather."""

SPOT_SHARE = 0.45
"""The part of a drawn class's cases that happen at one of its hot spots."""
