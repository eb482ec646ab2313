import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from cast import CITY, NOW, PASSWORD
from cityloop.kernel.errors import Conflict, InvalidInput
from cityloop.organisation import actions, models, queries

DAY_ONE = {
    "code": CITY,
    "name": "环城市",
    "time_zone": "Asia/Shanghai",
    "username": "Admin",
    "person": "管理员",
    "password": PASSWORD,
}


@pytest.mark.django_db
def test_day_one_makes_a_city_and_somebody_to_run_it() -> None:
    done = actions.found(**DAY_ONE)
    assert (done.code, done.username) == (CITY, "admin")
    user = models.User.objects.get(pk=done.user_id)
    assert user.is_superuser
    assert actions.sign_in("admin", PASSWORD, address="", now=NOW) == user
    city = queries.city(CITY)
    assert set(city.calendars) == {"office", "shift"}
    assert len(city.categories) > 400


@pytest.mark.django_db
def test_a_second_day_one_is_refused() -> None:
    actions.found(**DAY_ONE)
    with pytest.raises(Conflict):
        actions.found(**DAY_ONE | {"code": "990102", "username": "other"})
    assert list(queries.jurisdictions()) == [CITY]


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"code": "1"}, {"time_zone": "x"}, {"username": "a b"}, {"password": "short"}])
def test_nothing_half_done_stays(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        actions.found(**DAY_ONE | wrong)
    assert not queries.is_founded()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_founds() -> None:
    start, outcomes = threading.Barrier(2), Counter[str]()

    def press(code: str) -> None:
        start.wait()
        try:
            actions.found(**DAY_ONE | {"code": code})
            outcomes["made"] += 1
        except Conflict:
            outcomes["refused"] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[code]) for code in ("990101", "990102")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"made": 1, "refused": 1}
