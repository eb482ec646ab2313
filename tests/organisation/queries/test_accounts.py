from datetime import date, timedelta

import pytest

from cast import CITY, NOW, Cast
from cityloop.organisation import actions, models, queries
from cityloop.organisation.queries.accounts import token_digest


@pytest.fixture
def token(city_cast: Cast) -> str:
    return actions.issue_token(
        city_cast["acceptor"], "热线", now=NOW, expires=NOW + timedelta(days=1), scopes=["write"]
    )


def test_a_token_speaks_for_its_account(city_cast: Cast, token: str, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        bearer = queries.user_by_token(token, NOW)
    assert bearer is not None
    assert (bearer.user.pk, bearer.name) == (city_cast["acceptor"], "热线")
    assert bearer.may("write")
    assert bearer.may("read")


def test_a_token_that_may_read_may_not_write(city_cast: Cast) -> None:
    bearer = queries.user_by_token(actions.issue_token(city_cast["acceptor"], "大屏", now=NOW), NOW)
    assert bearer is not None
    assert bearer.may("read")
    assert not bearer.may("write")


def test_the_token_itself_is_kept_nowhere(token: str) -> None:
    row = models.ApiToken.objects.get()
    assert bytes(row.digest) == token_digest(token)
    assert token not in str(vars(row))


@pytest.mark.parametrize("guess", ["", "cl_", "cl_" + "A" * 43, "Bearer x", "cl_" + "A" * 10_000])
def test_a_guess_is_nobody(token: str, guess: str) -> None:
    assert queries.user_by_token(guess, NOW) is None


def test_a_token_is_useless_once_expired(token: str) -> None:
    assert queries.user_by_token(token, NOW + timedelta(days=1)) is None


def test_a_token_is_useless_once_revoked(token: str) -> None:
    actions.revoke_token(models.ApiToken.objects.get().pk, now=NOW)
    assert queries.user_by_token(token, NOW) is None


def test_a_token_of_a_barred_account_is_useless(city_cast: Cast, token: str) -> None:
    models.User.objects.filter(pk=city_cast["acceptor"]).update(is_active=False)
    assert queries.user_by_token(token, NOW) is None


def test_the_last_day_of_use_is_noted_once_a_day(token: str) -> None:
    pk = models.ApiToken.objects.get().pk
    for day in (date(2026, 7, 1), date(2026, 7, 2), date(2026, 7, 1)):
        actions.note_token_use(pk, day)
    assert models.ApiToken.objects.get().last_used_on == date(2026, 7, 2)


@pytest.mark.parametrize(
    ("who", "enters"), [("sysadmin", True), ("data_admin", True), ("leader", False), ("acceptor", False)]
)
def test_whom_the_console_lets_in(city_cast: Cast, who: str, enters: bool) -> None:
    user = models.User.objects.get(pk=city_cast[who])
    assert queries.may_enter_console(user) is enters
    assert user.is_staff is enters
    assert user.has_perm("standards.view_category") is enters
    assert not user.has_perm("standards.change_category")


def test_people_are_listed_by_id(city_cast: Cast) -> None:
    person = queries.people([city_cast["acceptor"]])[city_cast["acceptor"]]
    assert (person.username, person.is_active) == ("acceptor", True)


def test_a_city_knows_whether_it_stands_alone(city_cast: Cast) -> None:
    assert queries.is_founded()
    assert list(queries.jurisdictions()) == [CITY, "990102"]
