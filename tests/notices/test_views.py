"""The list of what one is told: who is told what, how much is unread, and what marks it as read."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from cast import CITY, NOW, OTHER_CITY, Cast, make_cast
from cityloop.notices.actions import Party, tell
from cityloop.notices.models import Notice
from cityloop.notices.queries import COUNTED, standing

pytestmark = pytest.mark.django_db
NUMBER = "9901012026070100001"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def at(client: Client, cast: Cast) -> Any:
    def sign_in(who: str) -> Client:
        client.force_login(get_user_model().objects.get(pk=cast[who]))
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def told(subject: str = NUMBER, *, post: str = "dispatcher", kind: str = "urge", city: str = CITY) -> int:
    tell(city, kind, subject, [Party(post, None, None)], at=NOW)
    return Notice.objects.latest("id").id


def shown(page: Any) -> str:
    return str(page.get("/desk/notices").content.decode())


def test_a_notice_is_shown_to_its_post_alone_in_the_words_of_the_table(at: Any) -> None:
    told()
    page = shown(at("dispatcher"))
    assert "Urge" in page
    assert NUMBER in page
    assert f'href="/desk/cases/{NUMBER}"' not in page, "there is no such case that they see"
    assert "1 unread" in page
    for other in ("acceptor", "dept_clerk", "stranger"):
        assert NUMBER not in shown(at(other))


def test_the_same_post_of_another_city_is_told_nothing(at: Any) -> None:
    told(city=OTHER_CITY)
    assert NUMBER not in shown(at("dispatcher"))
    assert NUMBER in shown(at("stranger"))


def test_marked_as_read_up_to_what_was_on_the_page(at: Any, cast: Cast) -> None:
    first = told()
    told("9901012026070100002")
    page = at("dispatcher")
    page.post("/desk/notices/read", {"upto": first})
    assert standing(cast.viewer("dispatcher")).unread == 1
    page.post("/desk/notices/read", {"upto": 10**17})
    assert standing(cast.viewer("dispatcher")).unread == 0
    told("9901012026070100003")
    assert standing(cast.viewer("dispatcher")).unread == 1, (
        "what comes later is unread, whatever number was sent before"
    )


@pytest.mark.parametrize("upto", ["", "-1", "x", "9" * 40, "１２"])
def test_nonsense_marks_nothing(at: Any, cast: Cast, upto: str) -> None:
    told()
    assert at("dispatcher").post("/desk/notices/read", {"upto": upto}).status_code == 302
    assert standing(cast.viewer("dispatcher")).unread == 1


def test_a_long_list_is_paged(at: Any) -> None:
    ids = [told(f"99010120260701{n:05}") for n in range(60)]
    page = at("dispatcher")
    assert f"?before={ids[10]}" in shown(page)
    older = page.get(f"/desk/notices?before={ids[10]}").content.decode()
    assert older.count("<time ") == 10
    assert page.get("/desk/notices?before=zero").status_code == 200


def test_counting_stops_where_more_is_said_as_more(at: Any, cast: Cast) -> None:
    Notice.objects.bulk_create(
        Notice(jurisdiction=CITY, kind="urge", subject=NUMBER, post="dispatcher", at=NOW) for _n in range(COUNTED + 5)
    )
    assert standing(cast.viewer("dispatcher")).unread == COUNTED
    assert ">99+<" in shown(at("dispatcher"))


def test_whoever_was_told_nothing_reads_what_will_stand_here(at: Any) -> None:
    assert "Nobody has told you anything yet" in shown(at("leader"))


def test_it_asks_for_a_sign_in(client: Client) -> None:
    assert client.get("/desk/notices").status_code == 302
    assert client.get("/desk/notices/read").status_code == 302
