from typing import Any

from cityloop.intake.rules.report_text import BEGIN, END, report_text, written_into

FILE: dict[str, Any] = {
    "source": "sample", "file": "requests.csv", "runs": 1, "rows": 1200, "made": 1190, "refused": {"negative_duration": 10},
    "noticed": {"fit_good": 1000, "fit_none": 190, "whole_degrees": 7, "ended_cancelled": 3}, "notes": [],
    "seconds": 1.5, "cpu_seconds": 1.2, "cases_per_second": 793.3, "cases": 1190, "with_position": 1100, "in_a_grid": 1099,
    "closed": 1000, "open": 190,
    "on_time": {
        "own_limit": {"closed": 1000, "on_time": 512, "share": 0.512},
        "promised": {"closed": 0, "on_time": 0, "share": None},
        "own_limit_without_ended_otherwise": {"closed": 997, "on_time": 512, "share": 0.5135},
        "promised_without_ended_otherwise": {"closed": 0, "on_time": 0, "share": None},
    },
    "classes": [{"words": "Pot|hole", "category": "s/event/06013", "name_zh": "道路破损", "name_en": "Road damage",
                 "cases": 1190, "closed": 1000, "on_time": 512, "median_hours": 3.5}],
    "days": {"2019-03-01": 1190},
    "day_summary": {"days": 1, "first": "2019-03-01", "last": "2019-03-01", "mean": 1190.0, "busiest": ["2019-03-01", 1190]},
    "areas": {},
}  # fmt: skip
REPORT = {
    "jurisdiction": "990299",
    "name": "样城",
    "files": [FILE],
    "verify": {"cases": 1190, "events": 9999, "findings": []},
}
SAME: dict[str, Any] = {key: {"compared": 4, "differ": {}} for key in ("rows", "days", "classes", "districts")}


def text_of(compared: dict[str, Any] | None = None, *, is_chinese: bool = False) -> str:
    return report_text([REPORT], compared or {}, machine="a machine", is_chinese=is_chinese)


def test_figures_stand_in_the_text() -> None:
    text = text_of()
    assert "*a machine*" in text
    assert "| sample | 1,200 | 1,190 | 10 | 1,000 | 51.2% | – | 1.5 | 1.2 | 793.3 |" in text
    assert "Closed before it was reported: 10." in text
    assert "1,100 cases with a position (1,099 of them in a unit grid), 90 without; 1,000 closed, 190 open." in text
    assert "Position cut to whole degrees: dropped: 7." in text
    assert "1,000 fit, 0 nearly, 190 have none" in text
    assert "cancelled 3." in text
    assert "1,190 cases rebuilt from 9,999 events, 0 findings." in text


def test_a_deadline_that_nothing_was_held_against_is_left_out() -> None:
    assert "due date" not in text_of()


def test_a_bar_in_a_class_does_not_break_the_table() -> None:
    assert "| Pot\\|hole | s/event/06013 Road damage | 1,190 | 51.2% | 3.5 |" in text_of()
    assert "道路破损" in text_of(is_chinese=True)


def test_what_agrees_and_what_differs_is_told() -> None:
    assert "4 days, 4 classes and 4 districts agree." in text_of({"sample": SAME})
    odd = {**SAME, "days": {"compared": 4, "differ": {"2019-03-01": [7, 8]}}}
    assert "differ: days 2019-03-01: [7, 8]." in text_of({"sample": odd})


def test_the_generated_part_is_replaced_and_the_rest_kept() -> None:
    once = written_into("# Title\n\nProse.\n", "first")
    assert once == f"# Title\n\nProse.\n\n{BEGIN}\n\nfirst\n\n{END}\n"
    twice = written_into(once + "\nAfter.\n", "second")
    assert twice == f"# Title\n\nProse.\n\n{BEGIN}\n\nsecond\n\n{END}\n\nAfter.\n"
