"""Phrases: one's own and the city's, beside the fields of a form, for the posts and actions that they are for."""

from typing import Any

import pytest

from cases.conftest import Desk
from cast import CITY, OTHER_CITY
from cityloop.cases.actions.phrases import MOST_OWN, keep_phrase, take_phrase_away
from cityloop.cases.models import Phrase
from cityloop.cases.phrases import PHRASES
from cityloop.cases.queries.phrases import phrases_for
from cityloop.cases.queries.tables import default_table
from cityloop.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound


def test_what_a_city_begins_with_names_posts_and_actions_that_there_are() -> None:
    loop = default_table()
    for text, posts, actions in PHRASES:
        assert set(posts) <= set(loop.posts), text
        assert set(actions) <= set(loop.actions), text
    assert len({text for text, _posts, _actions in PHRASES}) == len(PHRASES)


def test_a_new_city_has_phrases_and_each_post_its_own(desk: Desk) -> None:
    offered = [one.text for one in phrases_for(desk.cast.viewer("duty_chief"), CITY, "close")]
    assert offered[0] == "处置到位，符合结案条件，同意结案。"
    assert "现场未发现该问题。" not in offered
    assert "同意。" in offered, "what goes with any action comes after what was made for this one"
    assert not phrases_for(desk.cast.viewer("stranger"), CITY)


def test_ones_own_come_first_and_nobody_else_sees_or_touches_them(desk: Desk) -> None:
    viewer, other = desk.cast.viewer("dispatcher"), desk.cast.viewer("acceptor")
    mine = keep_phrase(viewer, CITY, "  请 \n 今日办结。 ")
    assert phrases_for(viewer, CITY, "dispatch")[0].text == "请 今日办结。"
    assert all(one.id != mine for one in phrases_for(other, CITY))
    with pytest.raises(NotFound):
        take_phrase_away(other, mine)
    with pytest.raises(NotFound):
        keep_phrase(other, CITY, "改", phrase=mine)
    keep_phrase(viewer, CITY, "请明日办结。", phrase=mine)
    take_phrase_away(viewer, mine)
    assert not Phrase.objects.filter(person=viewer.user_id).exists()


def test_what_is_empty_too_long_twice_elsewhere_or_too_much_is_refused(desk: Desk) -> None:
    viewer = desk.cast.viewer("dispatcher")
    for text in ("", "  \n ", "长" * 501, "\x00"):
        with pytest.raises(InvalidInput):
            keep_phrase(viewer, CITY, text)
    with pytest.raises(NotAllowed):
        keep_phrase(viewer, OTHER_CITY, "到此一游")
    keep_phrase(viewer, CITY, "一次")
    with pytest.raises(Conflict):
        keep_phrase(viewer, CITY, "一次")
    Phrase.objects.bulk_create(
        [Phrase(jurisdiction=CITY, person=viewer.user_id, text=f"{n}") for n in range(MOST_OWN - 1)]
    )
    with pytest.raises(InvalidInput):
        keep_phrase(viewer, CITY, "太多")


def test_a_form_offers_them_and_the_page_keeps_what_was_typed(desk: Desk, at: Any) -> None:
    page = at("dispatcher")
    page.post("/desk/phrases", {"text": "请<b>今日</b>办结。"})
    number = desk.filed()
    form = page.get(f"/desk/cases/{number}/dispatch").content.decode()
    assert "data-phrase>请&lt;b&gt;今日&lt;/b&gt;办结。<" in form
    assert "请按职责及时处置" in form
    again = page.post("/desk/phrases", {"text": "请<b>今日</b>办结。"})
    assert again.status_code == 409
    assert 'value="请&lt;b&gt;今日&lt;/b&gt;办结。"' in again.content.decode()
    mine = Phrase.objects.get(person=desk.cast["dispatcher"])
    assert page.post("/desk/phrases", {"phrase": mine.pk, "away": "1"}).status_code == 302
    assert not Phrase.objects.filter(pk=mine.pk).exists()
