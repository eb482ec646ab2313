"""Rooms say which files hang on something of theirs: what none of them names is nobody's."""

from collections.abc import Collection

import pytest

from cityloop.assets.models import PartPhoto
from cityloop.kernel.clock import machine_now
from cityloop.media import naming
from cityloop.media.naming import named
from cityloop.media.queries import Place

ONE, TWO, THREE = ("990101", "a" * 64), ("990101", "b" * 64), ("990102", "a" * 64)


def test_each_room_is_asked_only_about_what_the_others_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[Place]] = []

    def room(*held: Place) -> naming.Naming:
        def names(places: Collection[Place]) -> Collection[Place]:
            asked.append(set(places))
            return set(places) & set(held)

        return names

    monkeypatch.setattr(naming, "_namings", {})
    naming.register("cases", room(ONE))
    naming.register("assets", room(TWO))
    assert named([ONE, TWO, THREE]) == {ONE, TWO}
    assert asked == [{ONE, TWO, THREE}, {TWO, THREE}]
    assert named([]) == set()


@pytest.mark.django_db
def test_a_photo_of_a_part_is_named_in_the_city_that_keeps_it_alone() -> None:
    PartPhoto.objects.create(jurisdiction="990102", code="9", lies_in=ONE[0], sha256=ONE[1], at=machine_now())
    assert named([ONE, TWO, THREE]) == {ONE}
