"""The intact rate out of tallies: on any day the same as counting all parts one by one, whatever was done to them."""

from datetime import date, timedelta
from typing import Any

from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from assets.conftest import CITY, SHAPE, code
from cityloop.assets.actions.tallying import draw_together
from cityloop.assets.choices import ChangeKind, Origin, PartState
from cityloop.assets.models import Part, PartChange, PartTally
from cityloop.assets.queries.rates import RATES
from cityloop.kernel.clock import machine_now

FIRST = date(2026, 1, 1)
STATES = [state.value for state in PartState]

COUNTED = """
WITH later AS (
    SELECT DISTINCT ON (code) code, before->>'state' AS state FROM assets_partchange
    WHERE jurisdiction = %(jurisdiction)s AND day > %(on)s AND before ? 'state' ORDER BY code, revision
)
SELECT keeper, scheme, state, count(*) FROM (
    SELECT p.keeper, p.scheme, coalesce(later.state, p.state) AS state
    FROM assets_part p LEFT JOIN later ON later.code = p.code
    WHERE p.jurisdiction = %(jurisdiction)s AND p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to > %(on)s)
) AS r WHERE state <> %(removed)s GROUP BY 1, 2, 3
"""
days = st.integers(0, 20)
acts = st.tuples(
    st.sampled_from(["add", "state", "end", "keeper", "delete"]), st.integers(1, 6), days, st.sampled_from(STATES)
)


def rows(statement: str, on: date) -> set[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"jurisdiction": CITY, "on": on, "removed": PartState.REMOVED.value})
        return {tuple(row) for row in cursor.fetchall()}


def act(what: str, number: int, day: int, state: str) -> None:
    """Do something to a part as the registry does: its state with a row of its past."""
    on = FIRST + timedelta(days=day)
    part = Part.objects.filter(jurisdiction=CITY, code=code(number)).first()
    if part is None:
        if what == "add":
            Part.objects.create(
                jurisdiction=CITY,
                code=code(number),
                scheme="s",
                state=state,
                keeper=f"K{number % 2}",
                geometry=SHAPE.wkt,
                valid_from=on,
            )
        return
    if what == "delete":
        part.delete()
    elif what == "end":
        Part.objects.filter(pk=part.pk).update(valid_to=max(on, part.valid_from + timedelta(days=1)))
    elif what == "keeper":
        Part.objects.filter(pk=part.pk).update(keeper=state[:3])
    elif state != part.state:
        revision = PartChange.objects.filter(code=part.code).count() + 2
        PartChange.objects.create(
            jurisdiction=CITY,
            code=part.code,
            revision=revision,
            kind=ChangeKind.CHANGED,
            day=on,
            at=machine_now(),
            origin=Origin.HAND,
            before={"state": part.state},
            after={"state": state},
        )
        Part.objects.filter(pk=part.pk).update(state=state, revision=revision)


class TallyLaws(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(done=st.lists(acts, max_size=14), asked=days)
    def test_tallies_and_counting_agree_on_every_day(self, done: list[Any], asked: int) -> None:
        for one in done:
            act(*one)
        if asked % 2:
            draw_together(many=0)
            keys = PartTally.objects.values_list("scheme", "class_code", "keeper", "street", "state")
            assert len(keys) == len(set(keys))
        for on in (FIRST + timedelta(days=asked), FIRST + timedelta(days=40)):
            assert rows(RATES.format(column="keeper"), on) == rows(COUNTED, on)
