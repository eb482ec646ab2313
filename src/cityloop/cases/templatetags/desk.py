"""What the templates of the desk ask for: shapes of lights, time left, addresses of a narrowed list."""

import os
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cityloop.cases.choices import Light
from cityloop.cases.queries import default_table, loop_city
from cityloop.cases.queries.menus import CategoryLine
from cityloop.cases.queries.my_tasks import WantedTasks
from cityloop.cases.rules.bigrams import marked as marks
from cityloop.cases.rules.files import kind_of_shot
from cityloop.kernel.shares import tenths
from cityloop.kernel.translation import _, language

register = template.Library()

SHAPES = {
    Light.GREEN: "●", Light.YELLOW: "◐", Light.RED: "■", Light.DOUBLE_RED: "■■", Light.PAUSED: "‖", Light.NONE: "○",
}  # fmt: skip
"""Never colour alone: each light has a shape of its own."""


@register.simple_tag
def shape(light: Light) -> SafeString:
    """Return the shape of a light."""
    return format_html('<span class="shape" aria-hidden="true">{}</span>', SHAPES[light])


@register.simple_tag
def left(due_at: datetime | None, jurisdiction: str) -> SafeString:
    """Return how much time is left by the city's clock, kept current in the browser; nothing where nothing is due."""
    if due_at is None:
        return format_html("{}", "")
    now = loop_city(jurisdiction).city.now()
    minutes = round((due_at - now).total_seconds() / 60)
    words = _("%(span)s left") if minutes >= 0 else _("%(span)s late")
    return format_html('<due-clock left="{}">{}</due-clock>', minutes, words % {"span": span(abs(minutes))})


def span(minutes: int) -> str:
    """Return a span of time in its two largest units, as ``frontend/lib/duration.ts`` does."""
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return (
            _("%(days)d d %(hours)d h") % {"days": days, "hours": hours} if hours else _("%(days)d d") % {"days": days}
        )
    if hours:
        return (
            _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}
            if rest
            else _("%(hours)d h") % {"hours": hours}
        )
    return _("%(minutes)d min") % {"minutes": rest}


@register.simple_tag
def toggled(wanted: WantedTasks, side: str, value: str) -> str:
    """Return the query of the list with ``value`` chosen on a side, or no more so."""
    pairs = []
    for name in ("kind", "light"):
        chosen = [str(one) for one in getattr(wanted, name)]
        if name == side:
            chosen = [one for one in chosen if one != value] if value in chosen else [*chosen, str(value)]
        pairs += [(name, one) for one in chosen]
    return urlencode(pairs + [("number", wanted.number)] * bool(wanted.number))


@register.simple_tag
def shot_name(kind: str) -> str:
    """Return what a photo is of."""
    return kind_of_shot(kind)


@register.simple_tag
def hidden_query(query: str) -> SafeString:
    """Return the query of an address as fields of a form that nobody sees."""
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', parse_qsl(query))


@register.simple_tag
def marked(text: str, wanted: Iterable[str]) -> SafeString:
    """Return a text with the words that were looked for marked in it."""
    pieces = ((format_html("<mark>{}</mark>", piece) if is_hit else piece,) for piece, is_hit in marks(text, wanted))
    return format_html_join("", "{}", pieces)


@register.filter
@lru_cache(maxsize=4096)
def initials(name: str) -> str:
    """Return the first letters of the sounds of a Chinese name, as people type it: 供水井盖 is ``gsjg``."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")  # its phrases take 45 MB, and a name of a class is found without
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()


@register.filter
def unlocalised(value: Any) -> str:
    """Return a number as machines write it."""
    return str(value)


@register.filter
def by_big(
    classes: Iterable[CategoryLine], favourites: Collection[str] | str = ()
) -> list[tuple[str, list[CategoryLine]]]:
    """Return classes by the big class that they belong to; before them the reader's favourites, which stand nowhere else.

    Args:
        favourites: Keys of classes; a page that knows of none gives "".
    """
    lines = list(classes)
    liked = [one for one in lines if one.key in favourites]
    others = (one for one in lines if one.key not in favourites)
    grouped = [(name, list(of_one)) for name, of_one in groupby(others, key=lambda one: one.big_name)]
    first = _("My favourite classes")
    return [(f"★ {first}", liked), *grouped] if liked else grouped


@register.simple_tag
def bar(most: int, *parts: int) -> SafeString:
    """Return a bar of parts, the worst first, as long against ``most`` as they are together. A picture of figures beside it."""
    x, rects = 0.0, []
    for number, part in enumerate(parts):
        width = 100 * part / most if most else 0
        rects.append((number, f"{x:.2f}", f"{width:.2f}"))
        x += width
    drawn = format_html_join("", '<rect class="part-{}" x="{}" y="0" width="{}" height="8"/>', rects)
    return format_html('<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none">{}</svg>', drawn)


@register.simple_tag
def of(values: Mapping[str, Any], key: str) -> Any:
    """Return one value of a mapping; "" where there is none."""
    return values.get(key, "")


@register.simple_tag
def count_of(lights: Mapping[Light, int], light: Light) -> int:
    """Return how many shine in a light."""
    return lights.get(light, 0)


@register.simple_tag
def post_name(post: str) -> str:
    """Return what a post is called by CityLoop's own table."""
    label = default_table().posts.get(post)
    if label is None:
        return post
    return label.zh if language().startswith("zh") else label.en


FEW_CASES = 20
"""Of fewer cases a share says less than its numbers, and is left out."""


@register.simple_tag
def percent(part: int, whole: int) -> str:
    """Return a share in per cent beside its numbers; nothing where it is one of a few cases."""
    return f" · {tenths(part, whole)} %" if whole >= FEW_CASES else ""
