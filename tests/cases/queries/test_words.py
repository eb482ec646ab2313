"""What codes are called."""

import pytest
from django.utils import translation

from cases.conftest import BROKEN_COVER, MANHOLE, Desk
from cast import CITY, SINCE
from cityloop.cases.queries import default_table
from cityloop.cases.queries.words import Coded, Words, names_of, words_of
from cityloop.organisation.actions import disable_class

pytestmark = pytest.mark.usefixtures("desk")


@pytest.fixture
def words(desk: Desk) -> Words:
    with translation.override("en"):
        return words_of(CITY, 0)


@pytest.fixture
def chinese(desk: Desk) -> Words:
    with translation.override("zh-hans"):
        return words_of(CITY, 0)


def test_names_are_in_the_readers_language(words: Words, chinese: Words) -> None:
    assert (words.action("accept").name, chinese.action("accept").name) == ("Accept", "受理")
    assert (words.state("filed").name, chinese.state("filed").name) == ("To dispatch", "待派遣")
    assert (words.category(MANHOLE).name, chinese.category(MANHOLE).name) == ("Water-supply manhole cover", "供水井盖")
    assert words.condition(BROKEN_COVER) != chinese.condition(BROKEN_COVER)
    assert words.closing(BROKEN_COVER) == "Replaced or repaired"


def test_a_task_is_called_as_what_is_to_be_done(words: Words) -> None:
    assert words.task("reported").name == "To accept"
    assert words.task("decide:extension").name == "To decide: Extension"
    assert words.task("paint").name == "paint"


@pytest.mark.parametrize("kind", sorted(default_table().task_kinds))
def test_every_kind_of_task_has_a_name(words: Words, chinese: Words, kind: str) -> None:
    assert words.task(kind).name not in {kind, ""}
    assert chinese.task(kind).name not in {kind, ""}


def test_a_table_that_names_no_tasks_has_them_named_all_the_same(words: Words) -> None:
    silent = Words(words.loop.model_copy(update={"tasks": {}}), words.city)
    assert [silent.task(kind).name for kind in ("accept_overdue", "callback", "assist")] == [
        "Acceptance overdue", "Call back", "Assist"
    ]  # fmt: skip


def test_a_code_that_nobody_knows_stands_for_itself(words: Words) -> None:
    assert words.action("paint") == Coded("paint", "paint")
    assert words.post("mayor") == Coded("mayor", "mayor")
    assert words.department("XX") == Coded("XX", "XX")
    assert words.category("none/part/1") == Coded("none/part/1", "none/part/1")
    assert words.category("") == Coded("", "")
    assert words.condition(f"{MANHOLE}#none") == Coded(f"{MANHOLE}#none", f"{MANHOLE}#none")


def test_what_is_not_there_has_no_name(words: Words) -> None:
    assert words.department("") is None
    assert words.department_of(None) is None
    assert words.condition("") is None
    assert words.closing("") == ""
    assert names_of({None}) == {}


def test_a_class_that_the_city_has_given_up_is_still_called_by_name(words: Words) -> None:
    disable_class(CITY, MANHOLE, valid_from=SINCE)
    with translation.override("en"):
        later = words_of(CITY, 0)
    assert MANHOLE not in later.city.categories
    assert later.category(MANHOLE) == words.category(MANHOLE)
    assert later.condition(BROKEN_COVER) == words.condition(BROKEN_COVER)


def test_a_class_of_another_scheme_is_called_by_name(words: Words) -> None:
    assert words.category("cjt214_2007/part/0101").name != "cjt214_2007/part/0101"
