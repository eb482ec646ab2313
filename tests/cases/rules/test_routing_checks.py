"""What is told of a table of routing rules before it may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.test_routing import COVER, EAST, EAST_1, HEAP, ORDER, WASTE, WEST, WEST_1, case, rule, some_rules
from cityloop.cases.rules.routing import Routing, Rule, Subject, holds
from cityloop.cases.rules.routing_checks import Area, Class, Known, check, conflicts, gaps, gone, malformed, shadowed

CLASSES = [Class(key, key[:-3], key.split("/")[1]) for key in (WASTE, HEAP, COVER)]
KNOWN = Known(
    CLASSES,
    [Area(EAST, EAST_1), Area(WEST, WEST_1)],
    frozenset({"D-01"}),
    frozenset({"HW", "SZ", "GS"}),
    frozenset({"collector", "web"}),
)
STREET = {"level": "street"}


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        pytest.param({"classes": (WASTE,)}, {"classes": (WASTE,)}, True, id="the same class"),
        pytest.param({"classes": (WASTE,)}, {"classes": (HEAP,)}, False, id="never both"),
        pytest.param({"classes": (WASTE,)}, {"classes": (WASTE, HEAP)}, False, id="one lies within the other"),
        pytest.param(
            {"classes": (WASTE, HEAP), "areas": (EAST,), **STREET},
            {"classes": (WASTE,), "areas": (EAST, WEST), **STREET},
            True,
            id="each is narrower in something",
        ),
        pytest.param({"classes": (WASTE,)}, {"classes": ("s/event/06",)}, False, id="a small class before a big one"),
        pytest.param({"words": ("水",)}, {"words": ("电",)}, True, id="a text may hold both words"),
        pytest.param(
            {"words": ("水",)}, {"words": ("电",), "priority": 3}, False, id="somebody has said which comes first"
        ),
        pytest.param({"hours": (0, 600)}, {"hours": (540, 700)}, True, id="hours that overlap"),
        pytest.param({"hours": (0, 540)}, {"hours": (540, 700)}, False, id="hours that follow each other"),
        pytest.param({"season": ("11-01", "03-01")}, {"season": ("02-01", "06-01")}, True, id="seasons over New Year"),
        pytest.param({"weekdays": (6, 7)}, {"weekdays": (1, 2)}, False, id="other days"),
        pytest.param({"owners": ("GS",)}, {"owners": ("SZ",)}, False, id="a part has one owner"),
        pytest.param({"keepers": ("GS",)}, {"keepers": ("SZ",)}, False, id="a part has one keeper"),
        pytest.param({"keepers": ("GS",)}, {"keepers": ("GS",)}, True, id="the same keeper"),
        pytest.param(
            {"classes": (COVER,), "kind": "event"}, {"classes": (COVER,), "kind": "event"}, False, id="no such case"
        ),
    ],
)
def test_rules_conflict_where_nothing_puts_them_in_order(one: dict, other: dict, is_one: bool) -> None:
    first, second = rule(1, "HW", **one), rule(2, "SZ", **other)
    found = list(conflicts([first, second], KNOWN))
    assert bool(found) is is_one
    for conflict in found:
        assert holds(first, conflict.example)
        assert holds(second, conflict.example)
    assert not list(conflicts([first, rule(2, "HW", **other)], KNOWN)), "those that agree never conflict"


@given(rules=st.lists(some_rules, max_size=8, unique_by=lambda one: one.n))
def test_whatever_conflicts_has_an_example_for_which_both_hold(rules: list[Rule]) -> None:
    for found in conflicts(rules, KNOWN):
        assert holds(found.one, found.example)
        assert holds(found.other, found.example)
        assert found.one.weight == found.other.weight
        assert found.one.outcome != found.other.outcome


def test_what_a_rule_names_and_is_gone_is_told() -> None:
    broken = rule(
        7, "OLD", co_departments=("ZZ",), classes=("s/event/99999",), owners=("YY",), keepers=("XX",), areas=("D-99",), level="grid",
        sources=("pigeon",),
    )  # fmt: skip
    found = {(one.what, one.code) for one in gone([rule(1), broken], KNOWN)}
    assert found == {
        ("department", "OLD"), ("co_departments", "ZZ"), ("classes", "s/event/99999"), ("owners", "YY"), ("keepers", "XX"),
        ("areas", "D-99"), ("sources", "pigeon"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("conditions", "what"),
    [
        ({"department": ""}, "department"),
        ({"co_departments": ("HW",)}, "co_departments"),
        ({"classes": (WASTE, "s/event/06")}, "classes"),
        ({"areas": (EAST,)}, "areas"),
        ({"level": "street"}, "areas"),
        ({"kind": "thing"}, "kind"),
        ({"hours": (600, 600)}, "hours"),
        ({"hours": (0, 1440)}, "hours"),
        ({"hours": (-1, 60)}, "hours"),
        ({"weekdays": (0, 8)}, "weekdays"),
        ({"season": ("02-30", "03-01")}, "season"),
        ({"words": (" ",)}, "words"),
        ({"priority": 10}, "priority"),
    ],
)
def test_what_cannot_be_meant_is_told(conditions: dict, what: str) -> None:
    [found] = malformed([rule(1, **({"department": "HW"} | conditions))])
    assert found.what == what


def test_a_number_stands_for_one_rule() -> None:
    assert [(one.what, one.why) for one in malformed([rule(1), rule(1, "SZ"), rule(0)])] == [
        ("n", "twice"),
        ("n", "bad"),
    ]


def test_a_rule_that_never_wins_is_told_with_those_that_win() -> None:
    big = rule(1, "SZ", classes=("s/event/06",))
    each = [rule(2, classes=(WASTE,)), rule(3, classes=(HEAP,))]
    [found] = shadowed([big, *each], KNOWN)
    assert (found.rule, sorted(one.n for one in found.by)) == (big, [2, 3])
    assert not list(shadowed([big, each[0]], KNOWN)), "one class is left to it"


def test_rules_that_hold_only_at_times_shadow_nothing() -> None:
    big = rule(1, "SZ", classes=("s/event/06",))
    each = [rule(2, classes=(WASTE, HEAP), hours=(0, 600)), rule(3, classes=(WASTE, HEAP), words=("水",))]
    assert not list(shadowed([big, *each], KNOWN))
    narrower = rule(4, "SZ", classes=("s/event/06",), hours=(0, 600))
    assert [one.rule for one in shadowed([*each, narrower], KNOWN)] == [narrower]


def test_a_street_is_shadowed_by_all_of_its_communities() -> None:
    street = rule(1, "SZ", areas=(EAST,), level="street")
    assert [one.rule for one in shadowed([street, rule(2, areas=(EAST_1,), level="community")], KNOWN)] == [street]
    assert not list(shadowed([street, rule(2, areas=(WEST_1,), level="community")], KNOWN))


def test_a_rule_that_nothing_fits_is_told() -> None:
    [found] = shadowed([rule(1, classes=(WASTE,), kind="part")], KNOWN)
    assert found.by == ()


def test_the_later_of_two_that_say_the_same_never_wins() -> None:
    assert [one.rule.n for one in shadowed([rule(4, classes=(WASTE,)), rule(9, classes=(WASTE,))], KNOWN)] == [9]


def test_gaps_are_classes_and_areas_without_any_department() -> None:
    lost = Known([*CLASSES, Class("s/event/99001", "s/event/99", "event")], [*KNOWN.areas, Area("990101009", "")],
                 frozenset(), KNOWN.departments, KNOWN.sources)  # fmt: skip
    assert [(one.category, one.areas, one.everywhere) for one in gaps([], lost, ORDER)] == [
        (HEAP, (Area("990101009", ""),), False),
        ("s/event/99001", (Area("990101009", ""),), False),
    ]
    assert not list(gaps([rule(1, classes=(HEAP, "s/event/99001"))], lost, ORDER))
    assert len(list(gaps([rule(1, classes=(HEAP, "s/event/99001"), hours=(0, 60))], lost, ORDER))) == 2


def test_an_empty_table_is_in_order() -> None:
    found = check([], KNOWN, ORDER)
    assert found.is_empty
    assert not found.is_grave


@given(
    rules=st.lists(some_rules, max_size=8, unique_by=lambda one: one.n),
    subject=st.builds(case, st.sampled_from([WASTE, HEAP, COVER])),
)
def test_what_is_told_to_be_shadowed_never_decides(rules: list[Rule], subject: Subject) -> None:
    found = Routing(rules).holding(subject)
    if found:
        assert found[0] not in [one.rule for one in shadowed(rules, KNOWN)]
