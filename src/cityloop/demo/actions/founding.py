"""The demo city comes into being: its clock, calendars, classes and limits."""

from datetime import UTC, date, datetime, time, timedelta

from cityloop.demo.rules.mix import OWN_CLASS, SCHEME
from cityloop.demo.rules.words import CITY, CITY_CODE, CITY_EN
from cityloop.kernel.clock import CityClock, machine_now
from cityloop.organisation import actions
from cityloop.organisation import queries as organisation
from cityloop.organisation.rules.calendar import CalendarRule, DayException, week_of
from cityloop.standards import queries as standards
from cityloop.standards.actions import load_package_data
from cityloop.standards.rules import TimeLimit

TIME_ZONE = "Asia/Shanghai"
OPENING = time(10)
"""The hour of the city's clock at which it opens: everybody is at work."""

LIMITS = (
    # filing condition, timing zone, limit
    ("event/06010#c1", "core", TimeLimit(2, "work_hour", "核心区2工作时")),
    ("event/06012#c1", "core", TimeLimit(1, "work_hour", "核心区1工作时")),
    ("event/06010#c1", "outer", TimeLimit(1, "work_day", "外围区1工作日")),
    ("event/07001#c1", "", TimeLimit(4, "work_hour", "全市4工作时")),
)
"""What the city decided on its own."""

UNUSED_CLASS = f"{SCHEME}/event/09014"

CHARGING = {
    "name_zh": "电动自行车飞线充电",
    "name_en": "Charging cable hung from a window",
    "dept_kind": "street",
    "conditions": [
        {
            "id": "c1",
            "text_zh": "从建筑物内外拉电线为电动自行车充电",
            "text_en": "An e-bicycle is charged by a cable led out of a building",
            "closing_zh": "电线收回，插座拆除",
            "closing_en": "Cable and socket removed",
            "limit": {"amount": 1, "unit": "work_day", "text": "1工作日"},
        }
    ],
}


def found_city(opening: date, since: date) -> tuple[str, datetime]:
    """Make the jurisdiction with all that it is configured to be; return its code and the instant at which it opens.

    Args:
        opening: The city opens on this day, or on the last working day before it.
        since: From when its classes and limits hold.
    """
    if SCHEME not in standards.schemes():
        load_package_data()
    actions.create_jurisdiction(CITY_CODE, CITY, name_en=CITY_EN, time_zone=TIME_ZONE)
    actions.create_calendar(
        CITY_CODE,
        "夜间值守",
        CalendarRule(
            code="evening", version=1, time_zone=TIME_ZONE, weekly=week_of("18:00-23:00", "mon tue wed thu fri sat sun")
        ),
    )
    day = last_working_day(opening)
    # In the afternoon of one Friday a month ago the offices were out in the streets, cleaning up with the citizens.
    actions.change_day(
        CITY_CODE,
        "office",
        day - timedelta(days=28 + (day.weekday() - 4) % 7),
        DayException("spans", "城市清洁日", week_of("08:00-12:00")[0]),
    )
    for condition, zone, limit in LIMITS:
        actions.override_limit(CITY_CODE, f"{SCHEME}/{condition}", limit, valid_from=since, timing_zone=zone)
    actions.disable_class(CITY_CODE, UNUSED_CLASS, valid_from=since)
    actions.add_class(CITY_CODE, OWN_CLASS, CHARGING, valid_from=since)
    present = datetime.combine(day, OPENING, tzinfo=organisation.city(CITY_CODE).time_zone).astimezone(UTC)
    actions.set_clock(CITY_CODE, CityClock(present, machine_now(), 0.0))  # it begins to run when somebody can see it
    return CITY_CODE, present


def last_working_day(day: date) -> date:
    """Return ``day``, or the last one before it on which offices work."""
    _name, office = actions.standard_calendars(TIME_ZONE)["office"]
    while not office.hours_on(day):
        day -= timedelta(days=1)
    return day
