"""All the staff of a city see its parts; nobody else does."""

from datetime import timedelta

import pytest

from assets.conftest import CITY, DAY, code, part
from cast import Cast
from cityloop.assets.actions import add_parts
from cityloop.assets.models import Part
from cityloop.assets.queries import counts_by_class
from cityloop.assets.queries import part as part_by_code

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("who", "sees"),
    [("dispatcher", True), ("collector", True), ("handler", True), ("citizen", False), ("stranger", False)],
)
def test_who_sees_a_part(gridded: Cast, who: str, sees: bool) -> None:
    add_parts(CITY, [part(1)], DAY)
    assert (part_by_code(gridded.viewer(who), code(1)) is not None) is sees
    assert (Part.objects.visible_to(gridded.viewer(who)).count() == 1) is sees


def test_parts_are_counted_by_class_on_a_day(gridded: Cast) -> None:
    add_parts(CITY, [part(1), part(2), part(1, class_code="01002")], DAY)
    Part.objects.filter(code=code(2)).update(valid_to=DAY + timedelta(days=10))
    viewer = gridded.viewer("dispatcher")
    assert counts_by_class(viewer, DAY) == {("gb47678_2026", "01001"): 2, ("gb47678_2026", "01002"): 1}
    assert counts_by_class(viewer, DAY + timedelta(days=10), [CITY])["gb47678_2026", "01001"] == 1
    assert counts_by_class(viewer, DAY - timedelta(days=1)) == {}
    assert counts_by_class(viewer, DAY, ["990102"]) == {}
