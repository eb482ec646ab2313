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

MAIN_ROADS = ("云汀大道", "听澜路", "潮声路", "环城东路", "望汀路", "月埠路", "松涧路", "学宫路")
SIDE_ROADS = (
    "桂影巷", "柳堤街", "石埠弄", "荷塘街", "青砚路", "晴洲路", "竹溪巷", "南汀街", "北汀街", "白鹭街", "梧桐巷", "星桥路",
    "云帆路", "麦垄街", "雁回巷", "芦湾路", "橘园街", "枫林路", "棠园巷", "书院巷", "盐仓街", "渡口路", "银杏街", "澄浦路",
)  # fmt: skip
SPOTS = ("门前", "东侧", "西侧", "路口北侧", "路口南侧", "对面人行道", "公交站旁", "小区出入口")

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
