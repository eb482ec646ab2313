"""The door: passwords, lock-out, tokens."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from cast import NOW, PASSWORD, Cast
from cityloop.kernel.errors import CityError, Conflict, InvalidInput, NotFound, NotSignedIn, TooMany
from cityloop.organisation import actions, models

HERE, THERE = "10.0.0.1", "10.0.0.2"
MINUTE = timedelta(minutes=1)


def try_door(username: str = "acceptor", password: str = "wrong", address: str = HERE, at: int = 0) -> str:
    """Try to sign in ``at`` minutes after ``NOW``; return what came of it."""
    try:
        actions.sign_in(username, password, address=address, now=NOW + at * MINUTE)
    except CityError as exc:
        return exc.code
    return "in"


def test_the_right_password_opens(city_cast: Cast) -> None:
    user = actions.sign_in(" Acceptor", PASSWORD, address=HERE, now=NOW)
    assert user.pk == city_cast["acceptor"]
    assert not models.SignInAttempt.objects.filter(cleared_at=None).exists()


def test_after_five_failures_even_the_right_password_is_refused(city_cast: Cast) -> None:
    assert [try_door() for _ in range(6)] == ["not_signed_in"] * 5 + ["too_many"]
    assert try_door(password=PASSWORD) == "too_many"


def test_the_door_opens_again_by_time(city_cast: Cast) -> None:
    for minute in range(5):
        try_door(at=minute)
    assert try_door(password=PASSWORD, at=14) == "too_many"
    assert try_door(password=PASSWORD, at=15) == "in"


def test_the_refusal_says_when(city_cast: Cast) -> None:
    for _ in range(5):
        try_door()
    with pytest.raises(TooMany) as refusal:
        actions.sign_in("acceptor", "wrong", address=HERE, now=NOW + 5 * MINUTE)
    assert refusal.value.details["retry_after_seconds"] == 600
    assert "10" in refusal.value.message


def test_another_address_and_another_account_stay_open(city_cast: Cast) -> None:
    for _ in range(5):
        try_door()
    assert try_door(password=PASSWORD, address=THERE) == "in"
    assert try_door("dispatcher", PASSWORD) == "in"


def test_success_forgets_earlier_failures(city_cast: Cast) -> None:
    for _ in range(4):
        try_door()
    assert try_door(password=PASSWORD) == "in"
    assert [try_door() for _ in range(5)] == ["not_signed_in"] * 5


def test_an_unknown_account_is_answered_alike(city_cast: Cast) -> None:
    answers = {}
    for name in ("acceptor", "nobody-of-that-name"):
        texts = []
        for _ in range(6):
            with pytest.raises(CityError) as refusal:
                actions.sign_in(name, "wrong", address=HERE, now=NOW)
            texts.append((type(refusal.value), refusal.value.message, dict(refusal.value.details)))
        answers[name] = texts
    assert answers["acceptor"] == answers["nobody-of-that-name"]


def test_a_barred_account_is_answered_as_a_wrong_password(city_cast: Cast) -> None:
    models.User.objects.filter(username="acceptor").update(is_active=False)
    with pytest.raises(NotSignedIn):
        actions.sign_in("acceptor", PASSWORD, address=HERE, now=NOW)


def test_the_console_unlocks_for_every_address(city_cast: Cast) -> None:
    for address in (HERE, THERE):
        for _ in range(5):
            try_door(address=address)
    assert actions.unlock("Acceptor", now=NOW) == 10
    assert try_door(password=PASSWORD) == try_door(password=PASSWORD, address=THERE) == "in"


def test_old_failures_are_forgotten(city_cast: Cast) -> None:
    try_door()
    actions.sign_in("dispatcher", PASSWORD, address=HERE, now=NOW + timedelta(days=31))
    assert not models.SignInAttempt.objects.filter(account="acceptor").exists()


def test_of_many_tries_at_once_only_five_look_at_the_password(committed_cast: Cast) -> None:
    start, outcomes = threading.Barrier(8), Counter[str]()

    def guess() -> None:
        start.wait()
        outcomes[try_door()] += 1
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"not_signed_in": 5, "too_many": 3}


# --- passwords


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("short-1", id="too short"),
        pytest.param("password123", id="common"),
        pytest.param("8361927450", id="digits alone"),
        pytest.param("wangxiaoming1", id="like the account name"),
        pytest.param("13800001111x", id="like the phone"),
    ],
)
@pytest.mark.django_db
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        actions.create_user("wangxiaoming", password=password, phone="13800001111")
    assert refusal.value.faults[0].field == "password"
    assert not models.User.objects.filter(username="wangxiaoming").exists()


def test_a_changed_password_is_the_one_that_opens(city_cast: Cast) -> None:
    first = actions.reset_password(city_cast["acceptor"])
    assert models.User.objects.get(pk=city_cast["acceptor"]).must_change_password
    actions.change_password(city_cast["acceptor"], old=first, new="another-one-2026")
    assert not models.User.objects.get(pk=city_cast["acceptor"]).must_change_password
    assert [try_door(password=one) for one in (PASSWORD, first, "another-one-2026")] == [
        "not_signed_in",
        "not_signed_in",
        "in",
    ]


@pytest.mark.parametrize(("old", "new"), [("wrong", "another-one-2026"), (PASSWORD, PASSWORD), (PASSWORD, "short")])
def test_a_change_that_is_none_is_refused(city_cast: Cast, old: str, new: str) -> None:
    with pytest.raises(InvalidInput):
        actions.change_password(city_cast["acceptor"], old=old, new=new)
    assert try_door(password=PASSWORD) == "in"


def test_generated_passwords_pass_the_rules() -> None:
    for _ in range(20):
        password = actions.new_password()
        actions.check_password(password)
        assert not set(password) & set("0O1lIio")


# --- tokens


def test_a_name_is_given_to_one_token_until_it_is_revoked(city_cast: Cast) -> None:
    actions.issue_token(city_cast["leader"], "大屏", now=NOW)
    with pytest.raises(Conflict):
        actions.issue_token(city_cast["leader"], "大屏", now=NOW)
    actions.revoke_token(models.ApiToken.objects.get().pk, now=NOW)
    actions.issue_token(city_cast["leader"], "大屏", now=NOW)


@pytest.mark.parametrize("wrong", [{"scopes": ["admin"]}, {"scopes": []}, {"expires": NOW}])
def test_a_token_that_makes_no_sense_is_refused(city_cast: Cast, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        actions.issue_token(city_cast["leader"], "大屏", now=NOW, **wrong)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_what_belongs_to_nobody_is_not_found() -> None:
    for work in (
        lambda: actions.issue_token(1, "x", now=NOW),
        lambda: actions.reset_password(1),
        lambda: actions.change_password(1, old="", new=""),
    ):
        with pytest.raises(NotFound):
            work()
