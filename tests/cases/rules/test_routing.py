"""Which rule wins, and where a case goes that no rule fits: tables that read aloud, and laws that hold for all rules."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.cases.rules.routing import (
    WEIGHTS,
    DefaultOrder,
    Office,
    Routing,
    Rule,
    Subject,
    Surroundings,
    conditions_of,
    decide,
    deciding_condition,
    folded,
    holds,
    rank,
    rule_from_json,
)

WASTE, HEAP, COVER = "s/event/06011", "s/event/06012", "s/part/01001"
EAST, WEST = "990101001", "990101002"
EAST_1, WEST_1 = "990101001001", "990101002001"
KINDS = {WASTE: "sanitation", HEAP: "street", COVER: "municipal"}
OFFICES = (
    Office("HW", "环境卫生中心", "sanitation", 0),
    Office("HW-1", "城东保洁队", "sanitation", 1),
    Office("SZ", "市政所", "municipal", 0),
    Office("JD-1", "城东街道办事处", "street", 0),
    Office("JD-2", "城西街道办事处", "street", 0),
    Office("GS", "自来水公司", "water_supply", 0),
)
AROUND = Surroundings(OFFICES, KINDS, {EAST: "城东街道", WEST: "城西街道", EAST_1: "东门社区", WEST_1: "西门社区"})
ORDER = DefaultOrder(AROUND)


def case(category: str = WASTE, **known: object) -> Subject:
    scheme, kind, code = category.split("/")
    given = {
        "street": EAST,
        "community": EAST_1,
        "source": "collector",
        "minute": 600,
        "weekday": 3,
        "month_day": "07-01",
    }
    return Subject(category, f"{scheme}/{kind}/{code[:2]}", kind, **(given | known))  # type: ignore[arg-type]


def rule(n: int, department: str = "HW", **conditions: object) -> Rule:
    return Rule(n, department, **conditions)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("conditions", "subject", "does"),
    [
        pytest.param({}, case(), True, id="no condition holds always"),
        pytest.param({"classes": (WASTE,)}, case(), True, id="the small class"),
        pytest.param({"classes": ("s/event/06",)}, case(HEAP), True, id="its big class"),
        pytest.param({"classes": ("s/event/01",)}, case(COVER), False, id="a big class of events is none of parts"),
        pytest.param({"kind": "part"}, case(), False, id="an event is no part"),
        pytest.param({"owners": ("GS",)}, case(COVER, owner="GS"), True, id="the owner of the part"),
        pytest.param({"owners": ("GS",)}, case(COVER), False, id="no owner is known"),
        pytest.param({"keepers": ("HW-1",)}, case(COVER, keeper="HW-1"), True, id="the keeper of the part"),
        pytest.param({"keepers": ("HW-1",)}, case(COVER, owner="HW-1"), False, id="its owner is not its keeper"),
        pytest.param({"areas": (EAST,), "level": "street"}, case(), True, id="in the street"),
        pytest.param({"areas": (WEST_1, EAST_1), "level": "community"}, case(), True, id="in one of the communities"),
        pytest.param({"areas": ("D-07",), "level": "grid"}, case(duty_grid="D-08"), False, id="in another duty grid"),
        pytest.param({"sources": ("hotline",)}, case(), False, id="from another source"),
        pytest.param({"hours": (540, 660)}, case(), True, id="within the hours"),
        pytest.param({"hours": (540, 600)}, case(), False, id="hours end before their last minute"),
        pytest.param({"hours": (1320, 360)}, case(minute=30), True, id="over midnight, after it"),
        pytest.param({"hours": (1320, 360)}, case(minute=1330), True, id="over midnight, before it"),
        pytest.param({"hours": (1320, 360)}, case(minute=360), False, id="over midnight, in the morning"),
        pytest.param({"weekdays": (6, 7)}, case(), False, id="only at weekends"),
        pytest.param({"season": ("05-15", "10-15")}, case(), True, id="in the flood season"),
        pytest.param({"season": ("11-15", "03-15")}, case(month_day="01-02"), True, id="over New Year"),
        pytest.param({"season": ("11-15", "03-15")}, case(), False, id="summer is no winter"),
        pytest.param({"words": ("化粪池", "污水")}, case(text=folded("路口污水外溢")), True, id="one of the words"),
        pytest.param(
            {"words": ("ＡＢＣ",)}, case(text=folded("abc 大厦")), True, id="full-width signs are the narrow ones"
        ),
        pytest.param({"words": ("污水",)}, case(text=""), False, id="nothing was said"),
    ],
)
def test_a_rule_holds_where_each_of_its_conditions_does(conditions: dict, subject: Subject, does: bool) -> None:
    assert holds(rule(1, **conditions), subject) is does


ORDERED = [
    {"classes": (WASTE,)},
    {"classes": ("s/event/06",), "owners": ("GS",), "areas": (EAST,), "level": "street"},
    {"classes": ("s/event/06",)},
    {"owners": ("GS",), "areas": (EAST_1,), "level": "community"},
    {"owners": ("GS",)},
    {"keepers": ("HW-1",), "areas": (EAST,), "level": "street"},
    {"keepers": ("HW-1",)},
    {"areas": ("D-01",), "level": "grid"},
    {"areas": (EAST_1,), "level": "community", "words": ("水",), "sources": ("web",), "kind": "part"},
    {"areas": (EAST_1,), "level": "community"},
    {"areas": (EAST,), "level": "street", "words": ("水",), "sources": ("web",), "kind": "part", "hours": (0, 60)},
    {"words": ("水",)},
    {"sources": ("web",), "kind": "part", "hours": (0, 60), "weekdays": (1,), "season": ("01-01", "02-01")},
    {"kind": "part"},
    {"hours": (0, 60)},
    {"weekdays": (1,), "season": ("01-01", "02-01")},
    {"season": ("01-01", "02-01")},
    {},
]
"""Conditions, the most specific first: one row of the documentation each."""


def test_the_more_specific_rule_comes_first() -> None:
    rules = [rule(len(ORDERED) - place, **conditions) for place, conditions in enumerate(ORDERED)]
    assert sorted([*rules[8:], *rules[:8]], key=rank) == rules


def test_no_sum_of_lighter_conditions_outweighs_a_heavier_one() -> None:
    steps = [("season",), ("weekdays",), ("hours",), ("kind",), ("source",), ("words",),
             ("street", "community", "grid"), ("keeper",), ("owner",), ("big", "small")]  # fmt: skip
    for place, step in enumerate(steps):
        below = sum(max(WEIGHTS[name] for name in lighter) for lighter in steps[:place])
        assert min(WEIGHTS[name] for name in step) > below


def test_of_rules_with_the_same_conditions_the_one_within_the_other_wins() -> None:
    wide = rule(1, "HW", classes=(WASTE, HEAP), areas=(EAST, WEST), level="street")
    narrow = rule(2, "SZ", classes=(WASTE,), areas=(EAST,), level="street")
    found = decide(Routing([wide, narrow]), ORDER, case(), AROUND.codes)
    assert (found.rule, found.gave_way) == (narrow, (wide,))
    assert deciding_condition(narrow, wide) == ""
    assert deciding_condition(wide, rule(3)) == "small"


def test_a_priority_decides_between_rules_with_the_same_conditions_and_no_others() -> None:
    water, gas = rule(1, "HW", words=("水",)), rule(2, "SZ", words=("气",), priority=1)
    said = case(text=folded("水里有气"))
    assert decide(Routing([water, gas]), ORDER, said, AROUND.codes).rule == gas
    exact = rule(3, "GS", classes=(WASTE,))
    assert decide(Routing([gas, exact]), ORDER, said, AROUND.codes).rule == exact


def test_a_rule_whose_department_has_ended_is_passed_by() -> None:
    found = decide(Routing([rule(1, "OLD", classes=(WASTE,)), rule(2, "SZ")]), ORDER, case(), AROUND.codes)
    assert (found.department, found.rule) == ("SZ", rule(2, "SZ"))


@pytest.mark.parametrize(
    ("subject", "department", "by"),
    [
        pytest.param(case(COVER, owner="GS"), "GS", "owner", id="a part goes to its owner"),
        pytest.param(case(COVER), "SZ", "duty", id="a part of nobody goes to whose duty the class is"),
        pytest.param(case(COVER, owner="GONE"), "SZ", "duty", id="an owner that has ended is none"),
        pytest.param(case(HEAP, owner="GS"), "JD-1", "area", id="an event goes by area first"),
        pytest.param(case(HEAP, street=WEST, community=WEST_1), "JD-2", "area", id="to the office of that street"),
        pytest.param(case(WASTE, owner="GS"), "GS", "owner", id="an event that has nobody there goes to the owner"),
        pytest.param(case(WASTE), "HW", "duty", id="and then to whose duty the class is"),
        pytest.param(case("s/event/99001"), "JD-1", "street", id="a class of no kind goes to the street's office"),
        pytest.param(case("s/event/99001", street="", community=""), "", "none", id="outside of all areas to nobody"),
    ],
)
def test_where_no_rule_fits_the_order_of_owner_and_area_decides(subject: Subject, department: str, by: str) -> None:
    assert ORDER(subject) == (department, by)


def test_an_empty_city_gives_nobody() -> None:
    order = DefaultOrder(Surroundings((), {}, {}))
    found = decide(Routing(()), order, case(), frozenset())
    assert (found.department, found.by, found.rule, found.gave_way) == ("", "none", None, ())


classes = st.lists(st.sampled_from([WASTE, HEAP, COVER]), max_size=2, unique=True).map(tuple)
some_rules = st.builds(
    Rule,
    n=st.integers(1, 99),
    department=st.sampled_from(["HW", "SZ"]),
    classes=classes,
    kind=st.sampled_from(["", "part", "event"]),
    owners=st.sampled_from([(), ("GS",)]),
    keepers=st.sampled_from([(), ("HW",)]),
    sources=st.sampled_from([(), ("web",), ("web", "collector")]),
    hours=st.sampled_from([None, (0, 720), (1200, 300)]),
    weekdays=st.sampled_from([(), (3,), (1, 2, 3)]),
    season=st.sampled_from([None, ("06-01", "08-31")]),
    words=st.sampled_from([(), ("水",)]),
)
subjects = st.builds(
    case,
    st.sampled_from([WASTE, HEAP, COVER]),
    owner=st.sampled_from(["", "GS"]),
    keeper=st.sampled_from(["", "HW"]),
    source=st.sampled_from(["web", "collector"]),
    minute=st.integers(0, 1439),
    weekday=st.integers(1, 7),
    text=st.sampled_from(["", "有水"]),
)


@given(rules=st.lists(some_rules, max_size=12, unique_by=lambda one: one.n), subject=subjects)
def test_the_first_that_holds_is_the_most_specific_of_all_that_do(rules: list[Rule], subject: Subject) -> None:
    found = Routing(rules).holding(subject)
    assert found == sorted((one for one in rules if holds(one, subject)), key=rank)
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)


@given(one=some_rules)
def test_a_rule_reads_back_as_it_was_written(one: Rule) -> None:
    assert rule_from_json(one.to_json()) == one


@given(one=some_rules)
def test_a_further_condition_makes_a_rule_more_specific(one: Rule) -> None:
    for name, value in (
        ("words", ("x",)),
        ("season", ("01-01", "01-31")),
        ("sources", ("web",)),
        ("owners", ("GS",)),
        ("keepers", ("GS",)),
    ):
        if not getattr(one, name):
            assert replace(one, **{name: value}).weight > one.weight


def test_each_set_of_conditions_has_a_weight_of_its_own() -> None:
    singles = [conditions for conditions in ORDERED if len(conditions_of(rule(1, **conditions))) == 1]
    merged = [one | other for one, other in combinations(singles, 2) if not one.keys() & other.keys()]
    shapes = {tuple(conditions_of(rule(1, **conditions))): rule(1, **conditions).weight for conditions in merged}
    assert len(set(shapes.values())) == len(shapes)
