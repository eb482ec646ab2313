"""Made-up names. Neither the city nor anybody in it exists; a likeness to a real place or person is chance."""

from random import Random

CITY_CODE = "990101"
"""No division of GB/T 2260 begins with 99."""
CITY, CITY_EN = "云汀市", "Yunting"

STREETS = ("听澜街道", "松涧街道", "望汀街道", "月埠街道")

COMMUNITIES = (
    "桂影", "柳堤", "石埠", "荷塘", "青砚", "晴洲",
    "竹溪", "南汀", "北汀", "白鹭", "梧桐里", "星桥",
    "云帆", "麦垄", "雁回", "芦湾", "橘园", "枫林",
    "棠园", "书院里", "盐仓", "渡口", "银杏", "澄浦",
)  # fmt: skip
"""Six for each street, each followed by 社区."""

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    "晓宁", "文澜", "子衡", "雨桐", "明远", "思齐", "嘉禾", "若溪", "建平", "立新", "海燕", "春晖", "志远", "静怡", "国栋", "秋实",
    "德明", "慧敏", "长青", "雪松", "永安", "玉兰", "振宇", "向阳", "乐天", "素心", "景行", "一鸣", "望舒", "清和", "知夏", "怀瑾",
)  # fmt: skip


def person_name(source: Random) -> str:
    """Return a surname and a given name, put together by chance."""
    return source.choice(SURNAMES) + source.choice(GIVEN)


def phone(source: Random) -> str:
    """Return eleven digits that no mobile phone has: those begin with 13 to 19."""
    return f"100{source.randrange(10**8):08d}"
