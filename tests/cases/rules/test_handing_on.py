"""To which units a case may be handed on: those below, those beside it under one department, never to whom has it."""

import pytest

from cityloop.cases.rules.handing_on import units_to_hand_to
from cityloop.cases.rules.table import Need
from cityloop.organisation.rules.city import Department


def unit(number: int, code: str, path: str, *, is_active: bool = True) -> Department:
    above = path.strip("/").split("/")[:-1]
    return Department(number, code, code, "", int(above[-1]) if above else None, path, is_active)


TREE = [
    unit(1, "HW", "/1/"), unit(2, "HW-1", "/1/2/"), unit(3, "HW-2", "/1/3/"), unit(4, "HW-1-A", "/1/2/4/"), unit(5, "SZ", "/5/"),
    unit(6, "HW-3", "/1/6/", is_active=False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("own", "beside", "offered"),
    [
        pytest.param("HW", False, ["HW-1", "HW-1-A", "HW-2"], id="all that is below"),
        pytest.param("HW-1", False, ["HW-1-A"], id="of a unit only its own"),
        pytest.param("HW-1", True, ["HW-1-A", "HW-2"], id="and the unit beside it"),
        pytest.param("HW", True, ["HW-1", "HW-1-A", "HW-2"], id="departments of the city are not beside each other"),
        pytest.param("HW-2", False, [], id="nothing below"),
        pytest.param("NONE", True, [], id="nobody has it"),
    ],
)
def test_a_case_goes_to_other_units_only(own: str, beside: bool, offered: list[str]) -> None:
    need = Need(name="department", type="department", below=True, beside=beside)
    has = next((one for one in TREE if one.code == own), None)
    assert [one.code for one in units_to_hand_to(need, has, TREE)] == offered
