"""Which sign stands for a class on maps and in lists: found by what its name speaks of, else by its big class.

The signs themselves are drawn in ``frontend/map/symbols.ts``, all in one stroke.
"""

from typing import Final

from cityloop.standards.choices import ObjectType

BY_WORD: Final = (
    ("井盖", "manhole"), ("箅子", "manhole"), ("消防", "hydrant"), ("消火栓", "hydrant"),
    ("路灯", "lamp"), ("灯", "lamp"), ("信号", "signal"), ("电力", "bolt"), ("配电", "bolt"), ("变压", "bolt"), ("电杆", "bolt"),
    ("通信", "antenna"), ("电话", "antenna"), ("监控", "camera"), ("摄像", "camera"),
    ("公厕", "toilet"), ("厕", "toilet"), ("垃圾", "trash"), ("废物箱", "trash"), ("果皮", "trash"), ("保洁", "broom"), ("不洁", "broom"),
    ("道路不", "broom"), ("积水", "droplet"), ("水浸", "droplet"), ("给水", "droplet"), ("供水", "droplet"), ("排水", "droplet"),
    ("污水", "droplet"), ("积雪", "snow"), ("古树", "tree"), ("树", "tree"), ("绿地", "leaf"), ("绿化", "leaf"), ("花", "leaf"),
    ("广告", "ad"), ("横幅", "ad"), ("标语", "ad"), ("招牌", "ad"), ("悬挂", "ad"), ("涂写", "ad"), ("张贴", "ad"),
    ("施工", "crane"), ("工地", "crane"), ("渣土", "truck"), ("遗撒", "truck"), ("扬尘", "crane"), ("挖掘", "crane"),
    ("店外", "store"), ("经营", "store"), ("摊", "store"), ("商贩", "store"), ("早餐", "store"), ("烧烤", "store"),
    ("非机动车", "bicycle"), ("自行车", "bicycle"), ("单车", "bicycle"), ("停放", "car"), ("机动车", "car"), ("停车", "car"),
    ("公交", "bus"), ("候车", "bus"), ("护栏", "fence"), ("隔离", "fence"), ("标志", "sign"), ("标牌", "sign"), ("路名", "sign"),
    ("座椅", "bench"), ("雕塑", "bench"), ("健身", "bench"), ("桥", "bridge"), ("路面", "road"), ("塌陷", "road"), ("路", "road"),
    ("犬", "paw"), ("宠物", "paw"), ("噪", "sound"), ("油烟", "smoke"), ("焚烧", "smoke"), ("燃气", "smoke"), ("建筑", "building"),
    ("房", "building"), ("墙", "building"), ("搭", "building"), ("文物", "building"), ("门楼", "building"), ("盖板", "manhole"),
    ("化粪池", "toilet"), ("线缆", "bolt"), ("铁塔", "bolt"), ("充电", "bolt"), ("加油", "bolt"), ("监测", "antenna"), ("杆", "antenna"),
    ("林地", "tree"), ("车库", "car"), ("车辆", "car"), ("出租车", "car"), ("存车", "bicycle"), ("宣传", "ad"), ("牌匾", "ad"),
    ("牌", "sign"), ("反视镜", "sign"), ("亭", "store"), ("售货", "store"), ("通道", "road"), ("安全岛", "road"), ("减速", "road"),
    ("无障碍", "road"), ("桩", "fence"), ("防撞", "fence"), ("轨道", "bus"), ("铁道", "bus"), ("动物", "paw"), ("家禽", "paw"),
    ("废", "trash"), ("杂物", "trash"), ("晾", "ad"), ("吊挂", "ad"), ("水", "droplet"), ("喷泉", "droplet"), ("防汛", "droplet"),
    ("河", "droplet"), ("井", "manhole"), ("管道", "droplet"), ("危险", "alert"), ("SOS", "alert"),
)  # fmt: skip
"""Pieces of Chinese names, the more telling ones first."""

BY_BIG_CLASS: Final = {
    ("gb47678_2026", ObjectType.EVENT, "06"): "broom",
    ("gb47678_2026", ObjectType.EVENT, "07"): "ad",
    ("gb47678_2026", ObjectType.EVENT, "08"): "crane",
    ("gb47678_2026", ObjectType.EVENT, "09"): "store",
    ("gb30428_2013", ObjectType.EVENT, "01"): "broom",
    ("gb30428_2013", ObjectType.EVENT, "02"): "ad",
    ("gb30428_2013", ObjectType.EVENT, "03"): "crane",
    ("gb30428_2013", ObjectType.EVENT, "04"): "store",
    ("gb30428_2013", ObjectType.EVENT, "05"): "alert",
}

OTHER: Final = "other"

SYMBOLS: Final = frozenset({*(sign for _word, sign in BY_WORD), *BY_BIG_CLASS.values(), OTHER})


def symbol_of(scheme: str, kind: str, big_code: str, name_zh: str) -> str:
    """Return the name of a class's sign: one of ``SYMBOLS``."""
    for word, sign in BY_WORD:
        if word in name_zh:
            return sign
    return BY_BIG_CLASS.get((scheme, ObjectType(kind), big_code), OTHER)
