"""Texts as pairs of characters: what is compared, what an index holds, what is marked."""

from hypothesis import given
from hypothesis import strategies as st

from cityloop.cases.rules.bigrams import as_searched, bigrams, grams, marked, runs


def test_runs_are_broken_by_all_that_is_no_letter_and_no_digit() -> None:
    assert runs("人民路１２号，井盖 ABC_9！") == ["人民路12号", "井盖", "abc", "9"]
    assert runs("%\\_'") == []


def test_texts_stand_on_lines_of_their_own_so_that_no_pair_crosses_from_one_to_the_next() -> None:
    assert as_searched(["人民路", "", "井盖，坏了"]) == "人民路\n井盖 坏了"
    assert grams("人民\n井盖") == sorted([*grams("人民"), *grams("井盖")])
    assert bigrams("井盖，坏了") == {"井盖", "坏了"}


@given(text=st.text(max_size=60), start=st.integers(0, 60), length=st.integers(2, 12))
def test_every_part_of_a_text_leads_back_to_it(text: str, start: int, length: int) -> None:
    searched = as_searched([text])
    for run in runs(searched[start : start + length]):
        assert set(grams(run)) <= set(grams(searched))
        assert all(-(2**31) <= one < 2**31 for one in grams(run))


@given(text=st.text(max_size=60), wanted=st.lists(st.text(min_size=1, max_size=5), max_size=3))
def test_marking_keeps_every_sign(text: str, wanted: list[str]) -> None:
    assert "".join(piece for piece, _hit in marked(text, wanted)) == text


def test_what_was_looked_for_is_marked_wherever_it_stands() -> None:
    assert marked("井盖坏了，ＡＢ井盖", ["井盖", "ab"]) == [("井盖", True), ("坏了，", False), ("ＡＢ井盖", True)]
