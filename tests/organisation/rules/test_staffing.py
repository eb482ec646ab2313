"""What a person holds at a moment."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.organisation.rules.staffing import (
    AbsenceFact,
    AppointmentFact,
    DutyFact,
    HeldPost,
    StaffFile,
    descendants,
    present,
)

CITY, OTHER = "990101", "990102"
SHANGHAI = ZoneInfo("Asia/Shanghai")
ME, ABSENT = 1, 2
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def appointment(
    user_id: int = ME,
    post: str = "acceptor",
    place: str = CITY,
    start: date = date(2026, 1, 1),
    end: date | None = None,
) -> AppointmentFact:
    return AppointmentFact(user_id, post, place, None, "", "", start, end)


def staff_file(*facts: AppointmentFact, absences: tuple[AbsenceFact, ...] = (), **others: object) -> StaffFile:
    zones = {CITY: SHANGHAI, OTHER: SHANGHAI}
    return StaffFile(
        **{
            "user_id": ME,
            "name": "我",
            "is_active": True,
            "appointments": facts,
            "absences": absences,
            "duties": (),
            "zones": zones,
            **others,
        }
    )


def posts(file: StaffFile, at: datetime = NOW) -> list[str]:
    return [held.post for held in file.viewer(at).posts]


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        pytest.param("2026-06-30T23:59+08:00", False, id="the evening before"),
        pytest.param("2026-07-01T00:00+08:00", True, id="from the first midnight of the city, still June in UTC"),
        pytest.param("2026-07-31T23:59+08:00", True, id="to the end of the last day"),
        pytest.param("2026-08-01T00:00+08:00", False, id="not on the first day after"),
    ],
)
def test_an_appointment_holds_on_the_citys_days(at: str, holds: bool) -> None:
    file = staff_file(appointment(start=date(2026, 7, 1), end=date(2026, 8, 1)))
    assert bool(posts(file, datetime.fromisoformat(at))) is holds


def test_one_account_holds_several_posts() -> None:
    assert posts(staff_file(appointment(post="acceptor"), appointment(post="dispatcher"))) == ["acceptor", "dispatcher"]


def test_a_barred_account_holds_nothing() -> None:
    viewer = staff_file(appointment(), is_active=False).viewer(NOW)
    assert (viewer.posts, viewer.jurisdictions) == ((), frozenset())


AWAY = AbsenceFact(ABSENT, CITY, NOW - HOUR, NOW + HOUR, ME)


def test_a_deputy_acts_with_the_posts_of_the_absent() -> None:
    file = staff_file(appointment(), appointment(ABSENT, "duty_chief"), absences=(AWAY,))
    assert HeldPost("duty_chief", CITY, deputy_for=ABSENT) in file.viewer(NOW).posts


@pytest.mark.parametrize("at", [NOW - 2 * HOUR, NOW + HOUR, NOW + 2 * HOUR])
def test_a_deputy_acts_only_during_the_absence(at: datetime) -> None:
    file = staff_file(appointment(), appointment(ABSENT, "duty_chief"), absences=(AWAY,))
    assert posts(file, at) == ["acceptor"]


def test_a_deputy_who_works_in_another_city_gets_nothing() -> None:
    file = staff_file(appointment(place=OTHER), appointment(ABSENT, "duty_chief"), absences=(AWAY,))
    assert posts(file) == ["acceptor"]
    assert file.viewer(NOW).jurisdictions == {OTHER}


def test_a_deputy_whose_own_appointment_has_ended_gets_nothing() -> None:
    mine = appointment(end=date(2026, 6, 1))
    assert posts(staff_file(mine, appointment(ABSENT, "duty_chief"), absences=(AWAY,))) == []


def test_duty_grids_come_from_appointments_turns_and_deputyships() -> None:
    own = AppointmentFact(ME, "collector", CITY, None, "", "A", date(2026, 1, 1), None)
    theirs = AppointmentFact(ABSENT, "collector", CITY, None, "", "B", date(2026, 1, 1), None)
    duties = (
        DutyFact(ME, CITY, "collector", "C", NOW - HOUR, NOW + HOUR),
        DutyFact(ME, CITY, "collector", "D", NOW + HOUR, NOW + 2 * HOUR),
        DutyFact(ABSENT, CITY, "collector", "E", NOW - HOUR, NOW + HOUR),
    )
    assert staff_file(own, theirs, duties=duties).viewer(NOW).duty_grids == {"A", "C"}
    assert staff_file(own, theirs, duties=duties, absences=(AWAY,)).viewer(NOW).duty_grids == {"A", "B", "C", "E"}


def test_a_centre_post_oversees_the_jurisdictions_below_and_others_do_not() -> None:
    below = {CITY: frozenset({"990111"})}
    assert staff_file(appointment(), below=below).viewer(NOW).jurisdictions == {CITY, "990111"}
    assert staff_file(appointment(post="collector"), below=below).viewer(NOW).jurisdictions == {CITY}


def test_deputies_stand_in_the_place_of_the_absent() -> None:
    absences = [AbsenceFact(1, CITY, NOW, NOW + HOUR, 5), AbsenceFact(2, CITY, NOW, NOW + HOUR, None)]
    assert present([1, 2, 3], absences, NOW) == [5, 3]
    assert present([1, 2, 3], absences, NOW + HOUR) == [1, 2, 3]


def test_a_deputy_who_is_away_too_is_left_out() -> None:
    absences = [AbsenceFact(1, CITY, NOW, NOW + HOUR, 2), AbsenceFact(2, CITY, NOW, NOW + HOUR, 3)]
    assert present([1], absences, NOW) == []


@given(people=st.lists(st.integers(1, 6)), away=st.dictionaries(st.integers(1, 6), st.integers(1, 6) | st.none()))
def test_nobody_acts_who_is_away_and_nobody_twice(people: list[int], away: dict[int, int | None]) -> None:
    absences = [AbsenceFact(user, CITY, NOW, NOW + HOUR, deputy) for user, deputy in away.items() if user != deputy]
    acting = present(people, absences, NOW)
    assert len(acting) == len(set(acting))
    assert not set(acting) & {absence.user_id for absence in absences}
    assert set(people) - set(away) <= set(acting)


def test_descendants_are_found_at_every_depth() -> None:
    parents = {"1": "", "2": "1", "3": "2", "4": "1", "5": ""}
    assert descendants(parents, "1") == {"2", "3", "4"}
    assert descendants(parents, "3") == frozenset()


def test_a_circle_of_superiors_ends() -> None:
    assert descendants({"1": "2", "2": "1"}, "1") == {"2"}


DAYS = st.dates(date(2026, 6, 27), date(2026, 7, 4))
MOMENTS = st.integers(-60, 60).map(lambda hours: NOW + hours * HOUR)


@st.composite
def files(draw: st.DrawFn) -> StaffFile:
    people, places = st.sampled_from([ME, ABSENT]), st.sampled_from([CITY, OTHER])
    facts = draw(
        st.lists(st.builds(appointment, people, place=places, start=DAYS, end=st.none() | DAYS), min_size=1, max_size=3)
    )
    absences = draw(
        st.lists(st.builds(AbsenceFact, st.just(ABSENT), places, MOMENTS, MOMENTS, st.just(ME)), max_size=2)
    )
    duties = draw(
        st.lists(st.builds(DutyFact, people, places, st.just("collector"), st.just("D1"), MOMENTS, MOMENTS), max_size=2)
    )
    zones = {CITY: SHANGHAI, OTHER: ZoneInfo("Asia/Urumqi")}
    return staff_file(*facts, absences=tuple(absences), duties=tuple(duties), zones=zones)


@given(files(), MOMENTS, st.integers(0, 999))
def test_what_is_held_is_the_same_until_it_is_said_to_change(file: StaffFile, at: datetime, thousandths: int) -> None:
    until = file.steady_until(at)
    end = until or at + timedelta(days=30)
    assert at < end
    assert file.viewer(at + thousandths * (end - at) / 1000) == file.viewer(at)
