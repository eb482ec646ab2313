"""The workbook for departments, people, posts and rosters, written as an example that can be imported as it is."""

from datetime import date, timedelta

from django.db.models import Q

from cityloop.geography import queries as geography
from cityloop.kernel.sheets import Sheet, write_sheets
from cityloop.organisation import models
from cityloop.organisation.rules import people_file as sheets
from cityloop.standards import queries as standards


def kinds_by_word() -> dict[str, str]:
    """Return the id of each kind of department by every word for it: its id and its names."""
    words: dict[str, str] = {}
    for kind in standards.department_kinds().values():
        words |= {kind.name_en: kind.id, kind.name_zh: kind.id, kind.id: kind.id}
    return words


def posts_by_word(jurisdiction: str) -> dict[str, str]:
    """Return the code of each post of a city by every word for it: its code and its names; the city's own win."""
    words: dict[str, str] = {}
    rows = models.Post.objects.filter(Q(jurisdiction="") | Q(jurisdiction=jurisdiction)).order_by(
        "jurisdiction", "code"
    )
    for post in rows:
        words |= {post.name_en: post.code, post.name: post.code, post.code: post.code}
    words.pop("", None)
    return words


def people_template(jurisdiction: str, *, today: date) -> bytes:
    """Return the workbook as an example: two departments, a few people with their posts, a day's roster.

    Its notes explain each column, its first sheet the whole. It may be imported as it is: the collector walks a duty grid of the
    city itself, and none where it has none yet.
    """
    grids = geography.duty_grids(jurisdiction, today)
    examples = _examples(today, grids[0].code if grids else "")
    return write_sheets(
        [
            Sheet(sheets.EXPLANATION, ("项目", "说明"), _explanation(jurisdiction), widths={"项目": 22, "说明": 90}),
            *(
                Sheet(name, headings, examples[name], {head: NOTES[name, head] for head in headings}, _WIDTHS)
                for name, headings in sheets.HEADINGS.items()
            ),
        ]
    )


_WIDTHS = {sheets.CREDIT_CODE: 24, sheets.STARTS: 20, sheets.ENDS: 20, sheets.DEPARTMENT_NAME: 24}

NOTES = {
    (sheets.DEPARTMENTS, sheets.DEPARTMENT_CODE): "必填。本市内唯一，不再更改，例如 HW。",
    (sheets.DEPARTMENTS, sheets.DEPARTMENT_NAME): "必填。",
    (sheets.DEPARTMENTS, sheets.DEPARTMENT_KIND): "必填。写类别名称或代码，见“说明”。",
    (sheets.DEPARTMENTS, sheets.PARENT_CODE): "下属单位、班组填上级部门的编码；没有上级则留空。",
    (sheets.DEPARTMENTS, sheets.CREDIT_CODE): "18 位，可留空。",
    (sheets.PEOPLE, sheets.ACCOUNT): "必填。登录用，字母、数字和 @ . + - _，不分大小写，整个平台内唯一。",
    (sheets.PEOPLE, sheets.NAME): "必填。",
    (sheets.PEOPLE, sheets.PHONE): "可留空。",
    (sheets.PEOPLE, sheets.LANGUAGE): "中文或英文；空着即本系统的语言。",
    (sheets.POSTS, sheets.ACCOUNT): "必填。“人员”中的账号，或平台中已有的本市账号。一个账号可有多行。",
    (sheets.POSTS, sheets.POST): "必填。写岗位名称或代码，见“说明”。",
    (sheets.POSTS, sheets.DEPARTMENT_CODE): "专业部门的经办人、负责人和处置人员必须填写，其他岗位可留空。",
    (sheets.POSTS, sheets.DUTY_GRID): "信息采集员负责的责任网格编码；多个网格写多行。",
    (sheets.POSTS, sheets.FIRST_DAY): "例如 2026-07-01；留空即从导入之日起。",
    (sheets.POSTS, sheets.LAST_DAY): "当天仍有效；留空即长期。",
    (sheets.DUTIES, sheets.ACCOUNT): "必填。",
    (sheets.DUTIES, sheets.POST): "必填。以何岗位值班。",
    (sheets.DUTIES, sheets.DUTY_GRID): "在某个责任网格值班时填写。",
    (sheets.DUTIES, sheets.STARTS): "必填。例如 2026-07-01 08:00。",
    (sheets.DUTIES, sheets.ENDS): "必填。例如 2026-07-01 20:00；跨夜写次日时间。",
}
"""What stands as a note on each heading."""


def _explanation(jurisdiction: str) -> list[tuple[str, str]]:
    posts = models.Post.objects.filter(Q(jurisdiction="") | Q(jurisdiction=jurisdiction)).order_by("jurisdiction", "id")
    return [
        ("用途", "一次交齐部门、人员、岗位和值班表。示例行可直接导入，正式使用前请删除。"),
        ("规则", "同一文件可重复导入：编码或账号相同的行被更改，新的行被新增，不会删除任何内容。"),
        ("出错时", "默认一处有误则整份不导入，并逐格列出问题；也可选择只导入无误的行。"),
        ("初始密码", "新账号的初始密码在导入结果中只列出一次，首次登录时必须更改。"),
        *((f"岗位 {post.code}", post.name) for post in posts),
        *((f"部门类别 {kind.id}", kind.name_zh) for kind in standards.department_kinds().values()),
    ]


def _examples(today: date, duty_grid: str) -> dict[str, list[tuple[str, ...]]]:
    first_day = today.isoformat()
    next_day = (today + timedelta(days=1)).isoformat()
    return {
        sheets.DEPARTMENTS: [
            ("HW", "市环境卫生中心", "sanitation", "", ""),
            ("HW-1", "市环境卫生中心一班", "sanitation", "HW", ""),
            ("SZ", "市政设施养护所", "municipal", "", ""),
        ],
        sheets.PEOPLE: [
            ("slr01", "示例受理员", "13800000001", "中文"),
            ("cjy01", "示例采集员", "13800000002", ""),
            ("hw01", "示例环卫经办人", "", ""),
            ("hw02", "示例环卫处置员", "", ""),
        ],
        sheets.POSTS: [
            ("slr01", "受理员", "", "", first_day, ""),
            ("slr01", "值班长", "", "", first_day, ""),
            ("cjy01", "信息采集员", "", duty_grid, "", ""),
            ("hw01", "dept_clerk", "HW", "", "", ""),
            ("hw02", "处置人员", "HW-1", "", "", ""),
        ],
        sheets.DUTIES: [
            ("slr01", "受理员", "", f"{next_day} 08:00", f"{next_day} 20:00"),
            ("cjy01", "信息采集员", duty_grid, f"{next_day} 08:00", f"{next_day} 20:00"),
        ],
    }
