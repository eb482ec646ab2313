"""The stage clocks drawn to scale: where bars lie, what is hatched, what is late."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, fromstring
from zoneinfo import ZoneInfo

import pytest

from cityloop.cases.rules.stages import Bar, Mark, draw_stages

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)


def after(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def bar(**given: Any) -> Bar:
    held = {"says": "Disposal", "runs": [], "spans": [], "pauses": [], "due": None}
    return Bar(**{**held, **given})


def drawn(*bars: Bar, marks: list[Mark] | None = None, now: datetime | None = None) -> Element:
    acts = marks if marks is not None else [Mark(1, START), Mark(2, after(10))]
    return fromstring(draw_stages(bars, acts, now=now or after(10), zone=ZONE, title="Clocks", now_words="now"))


def parts(picture: Element, kind: str) -> list[tuple[float, float]]:
    """Return left edge and width in percent of what carries a class."""
    found = [one for one in picture.iter() if one.get("class") == kind]
    return [(float(one.get("x", "0").strip("%")), float(one.get("width", "0").strip("%"))) for one in found]


def texts(picture: Element, kind: str) -> list[str]:
    return [one.text or "" for one in picture.iter() if one.get("class") == kind]


def test_bars_lie_to_scale_between_the_first_act_and_the_last() -> None:
    picture = drawn(bar(runs=[(START, after(5))], spans=[(START, after(2)), (after(3), after(5))]))
    assert parts(picture, "stage-on") == [(0, 20), (30, 20)]
    assert parts(picture, "stage-run") == [(0, 50)]


def test_what_stood_still_is_hatched_and_what_came_too_late_is_red() -> None:
    picture = drawn(bar(spans=[(START, after(4))], pauses=[(after(4), after(6))], due=after(3)))
    assert parts(picture, "stage-pause") == [(40, 20)]
    assert [one.get("fill") for one in picture.iter() if one.get("class") == "stage-pause"] == ["url(#stood)"]
    assert (parts(picture, "stage-on"), parts(picture, "stage-late")) == ([(0, 30)], [(30, 10)])


def test_a_running_clock_reaches_to_its_deadline_which_the_drawing_holds() -> None:
    picture = drawn(
        bar(spans=[(START, after(5))], due=after(20), is_running=True), marks=[Mark(1, START)], now=after(5)
    )
    assert parts(picture, "stage-ahead") == [(25, 75)]
    assert [one.get("x1") for one in picture.iter() if one.get("class") == "stage-due"] == ["100.00%"]
    assert texts(picture, "stage-now-words") == ["now"]


def test_acts_that_lie_close_together_share_a_number() -> None:
    marks = [Mark(1, START), Mark(2, after(0.1)), Mark(3, after(0.2)), Mark(4, after(5)), Mark(5, after(10))]
    assert texts(drawn(bar(), marks=marks), "stage-number") == ["1–3", "4", "5"]


@pytest.mark.parametrize(
    ("hours", "first"),
    [(1, "09:00"), (24, "12:00"), (24 * 20, "07-08"), (24 * 900, "2027-06")],
    ids=["h", "day", "month", "years"],
)
def test_times_along_the_top_are_round_and_few(hours: float, first: str) -> None:
    found = texts(drawn(bar(), marks=[Mark(1, START), Mark(2, after(hours))], now=after(hours)), "stage-tick")
    assert 1 <= len(found) <= 8
    assert any(first in one for one in found)
    assert all(re.fullmatch(r"\d\d[:-]\d\d|\d{4}-\d\d", one) for one in found)


def test_names_are_text_and_never_markup() -> None:
    picture = drawn(bar(says="<b>A & B</b>"))
    assert "<b>A & B</b>" in texts(picture, "stage-name")


def test_a_case_that_has_just_come_and_one_with_a_thousand_openings_can_be_drawn() -> None:
    assert drawn(bar(), marks=[Mark(1, START)], now=START) is not None
    spans = [(after(n), after(n + 0.5)) for n in range(1000)]
    picture = drawn(bar(runs=[(START, after(1000))], spans=spans), marks=[Mark(1, START), Mark(2, after(1000))])
    assert len(parts(picture, "stage-on")) == 1
