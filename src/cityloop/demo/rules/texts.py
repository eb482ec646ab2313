"""In which words somebody reports something: as collectors note it, as citizens say it, as a camera is labelled."""

import re
from collections.abc import Callable, Mapping
from random import Random

from cityloop.demo.rules.words import SURNAMES, phone

PLACES = (
    "{road}{number}号附近",
    "{road}{number}号门口",
    "{road}靠近{number}号处",
    "{name}旁{road}",
    "{road}{name}门口",
    "{road}{number}号对面",
)
EFFECTS = (
    "影响行人通行", "存在安全隐患", "影响市容环境", "已经好几天了", "老人孩子经过很不方便", "早晚高峰尤其严重", "雨天更难走", "上周也出现过",
    "附近居民意见很大", "晚上看不清容易绊倒",
)  # fmt: skip
WISHES = (
    "请尽快处理",
    "希望派人来看看",
    "请有关部门核实处置",
    "盼回复",
    "希望长期有人管",
    "请今天之内处理一下",
    "麻烦安排清理",
)
SAID = ("看到", "发现", "路过时看到", "每天上班都见到", "刚才发现")
NOTED = ("巡查发现", "巡查至此发现", "经现场查看", "日常巡查", "")
CALLERS = ("先生", "女士")
CALLED = re.compile(rf"(\w(?:{'|'.join(CALLERS)}))(?:来电反映|反映|诉求)")


def told(words: str, *, road: str, number: int, name: str, source: str, draw: Random) -> str:
    """Return what is written down.

    Args:
        words: What is wrong, with ``{n}`` and ``{m}`` where numbers stand.
        road, number, name: Of the place: its road, the house number, what the ground behind is called (``""`` for nothing).
        source: Through which it comes.
        draw: Chance.
    """
    wrong = words.format(n=draw.randrange(2, 13), m=draw.randrange(1, 9))
    places = [one for one in PLACES if name or "{name}" not in one]
    place = draw.choice(places).format(road=road, number=number, name=name)
    return WAYS.get(source, _noted)(wrong, place, draw)


def caller(description: str, draw: Random) -> dict[str, str]:
    """Return name and phone of the citizen who reported: by the name that ``description`` says, or by any."""
    said = CALLED.search(description)
    return {"name": said[1] if said else draw.choice(SURNAMES) + draw.choice(CALLERS), "phone": phone(draw)}


def _noted(wrong: str, place: str, draw: Random) -> str:
    way = draw.random()
    if way < 0.45:
        return f"{place}{wrong}"
    if way < 0.75:
        opening = draw.choice(NOTED)
        return f"{opening}，{place}{wrong}。" if opening else f"{wrong}，位于{place}。"
    return f"{place}{wrong}，{draw.choice(EFFECTS)}。"


def _called(wrong: str, place: str, draw: Random) -> str:
    caller = draw.choice(SURNAMES) + draw.choice(CALLERS)
    opening = draw.choice((f"{caller}来电反映", f"市民{caller}反映", "市民来电称"))
    return f"{opening}：{place}{wrong}，{draw.choice(EFFECTS)}，{draw.choice(WISHES)}。"


def _transferred(wrong: str, place: str, draw: Random) -> str:
    caller = draw.choice(SURNAMES) + draw.choice(CALLERS)
    return f"【12345转办】{caller}诉求：{place}{wrong}，{draw.choice(EFFECTS)}。诉求目的：{draw.choice(WISHES)}。"


def _typed(wrong: str, place: str, draw: Random) -> str:
    end = draw.choice(("！", "。", "，" + draw.choice(WISHES) + "！", "，" + draw.choice(EFFECTS) + "。"))
    return f"{draw.choice(SAID)}{place}{wrong}{end}"


def _seen(wrong: str, place: str, draw: Random) -> str:
    return f"视频智能识别：{place}{wrong}（置信度{draw.randrange(78, 99)}%，摄像机{draw.randrange(100, 900)}号）"


def _instructed(wrong: str, place: str, draw: Random) -> str:
    return f"领导巡查发现{place}{wrong}，{draw.choice(WISHES)}。"


WAYS: Mapping[str, Callable[[str, str, Random], str]] = {
    "hotline": _called, "transfer_12345": _transferred, "wechat": _typed, "web": _typed, "video_ai": _seen, "leader": _instructed,
}  # fmt: skip
"""How each source speaks; all others note."""
