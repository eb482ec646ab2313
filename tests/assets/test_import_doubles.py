# ruff: noqa: F811  # a fixture of another file
"""Doubles are told at once with whatever else is wrong, so that a file is mended in one go; they make no good row bad."""

import pytest

from assets.conftest import code
from assets.test_importing import Write, checked, csv, go, line, reasons  # noqa: F401 # a fixture
from cast import Cast
from cityloop.assets.choices import ImportState
from cityloop.assets.models import ImportRun, Part

pytestmark = pytest.mark.django_db


def of_row(run: ImportRun, number: int) -> set[str]:
    return {reason for row, reason in reasons(run) if row == number}


def test_a_bad_row_is_told_whose_double_it_is_wherever_that_one_stands(gridded: Cast, csv: Write) -> None:
    run = checked(
        csv(
            line(1, owner="nobody"),
            line(2, east=1e-6),
            line(3, east=1e-3),
            line(4, east=1e-3 + 1e-6, state="完美"),
            line(5, east=2e-3, state="完美"),
            line(6, east=2e-3, owner="nobody"),
        )
    )
    assert [of_row(run, number) for number in range(2, 8)] == [
        {"unknown_department", "doubled_place"},
        set(),
        set(),
        {"no_choice", "doubled_place"},
        {"no_choice"},
        {"unknown_department", "doubled_place"},
    ]
    assert run.faults.get(number=2, reason="doubled_place").given["row"] == 3
    assert (run.counts["good"], run.counts["bad"]) == (2, 4)
    assert go(run, ImportState.APPLYING).counts["added"] == 2


def test_a_bad_row_is_told_that_its_key_stands_twice_if_it_is_a_key(gridded: Cast, csv: Write) -> None:
    run = checked(
        csv(
            line(1),
            line(1, east=1e-3, owner="nobody"),
            line(2, east=2e-3, text="无"),
            line(3, east=3e-3, text="无"),
        )
    )
    assert of_row(run, 3) == {"unknown_department", "doubled_key"}
    assert of_row(run, 5) == {"bad_code"}, "what is no code is nobody's double"


def test_a_row_that_stands_twice_as_a_whole_is_told_once(gridded: Cast, csv: Write) -> None:
    run = checked(csv(line(1), line(1), line(1, east=1e-6)))
    assert reasons(run) == [(3, "doubled_key"), (4, "doubled_key")]


def test_a_place_that_is_wrong_itself_is_nobodys_double(gridded: Cast, csv: Write) -> None:
    outside = [line(number, east=1.0, owner="nobody") for number in (1, 2)]
    run = checked(csv(*outside, f"{code(3)},井盖,nobody,,,0,0", f"{code(4)},井盖,nobody,,,0,0"))
    assert of_row(run, 2) == of_row(run, 3) == {"unknown_department", "outside"}
    assert of_row(run, 5) == {"unknown_department", "zero"}


def test_a_bad_row_is_no_double_of_what_it_would_change_but_of_its_neighbour_there(gridded: Cast, csv: Write) -> None:
    go(checked(csv(line(1), line(2, east=1e-3))), ImportState.APPLYING)
    assert Part.objects.count() == 2
    run = checked(csv(line(1, owner="nobody"), line(3, east=1e-3, owner="nobody"), name="again.csv"))
    assert of_row(run, 2) == {"unknown_department"}
    assert of_row(run, 3) == {"unknown_department", "there_already"}
