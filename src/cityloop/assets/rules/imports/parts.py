"""What is asked of rows that become parts, beyond their shapes and values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cityloop.assets.rules.imports.rows import KIND_NAMES, Rows

DEPARTMENTS = ("owner", "keeper", "supervisor")
NO_ROAD_M = 1e9


@dataclass(frozen=True, slots=True)
class PartsKnown:
    """What rows are held against.

    Args:
        division: 6 digits.
        digits: Of a code in the scheme.
        classes: Codes of the classes that the city uses, by every word for them: code, names.
        kinds: Kinds of shapes (``POINT`` …) as which a class is surveyed; classes that may be any are left out.
        departments: Codes of departments, by every word for them.
        by_road: Classes whose parts stand by a road.
    """

    division: str
    digits: int
    classes: Mapping[str, str]
    kinds: Mapping[str, frozenset[int]] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)
    by_road: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lies:
    """Where each row of a batch lies, ``(n,)`` codes, "" for nowhere; ``road_m`` the metres to the nearest road, NaN where none is asked."""

    unit_grid: NDArray[np.object_]
    community: NDArray[np.object_]
    street: NDArray[np.object_]
    road_m: NDArray[np.float64]


def judge_codes(rows: Rows, known: PartsKnown) -> None:
    """Refuse codes and classes that are none, or that disagree; fill in the class where the code tells it."""
    count = len(rows.numbers)
    codes, classes = rows.texts.get("code", [""] * count), rows.texts.get("class_code", [""] * count)
    made, bad, other, unknown, differs, without = list(classes), [], [], [], {}, []
    for place, (code, word) in enumerate(zip(codes, classes, strict=True)):
        told = known.classes.get(word, "") if word else ""
        if word and not told:
            unknown.append((place, "class_code"))
        if not code:
            if not word:
                without.append(place)
            made[place] = told
            continue
        if len(code) != known.digits or not (code.isascii() and code.isdigit()) or int(code[-6:]) == 0:
            bad.append(place)
            made[place] = told
            continue
        of_code = code[6:-6]
        if not code.startswith(known.division.removesuffix("00")):
            other.append(place)
        if of_code not in known.classes:
            unknown.append((place, "code"))
        elif told and told != of_code:
            differs[place] = {"code": of_code}
        made[place] = of_code
    rows.fault(bad, "code", "bad_code", {place: {"digits": known.digits} for place in bad})
    rows.fault(other, "code", "other_division", {place: {"code": known.division} for place in other})
    for name in ("code", "class_code"):
        rows.fault([place for place, where in unknown if where == name], name, "unknown_class")
    rows.fault(differs, "class_code", "class_differs", differs)
    rows.fault(without, "code", "no_class")
    rows.texts["class_code"] = made


def judge_departments(rows: Rows, known: PartsKnown) -> None:
    """Refuse departments that the city has not; write the others by their codes."""
    for name in DEPARTMENTS:
        texts = rows.texts.get(name)
        if texts is None:
            continue
        absent = {text for text in set(texts) if text and text not in known.departments}
        if absent:
            rows.fault([at for at, text in enumerate(texts) if text in absent], name, "unknown_department")
        rows.texts[name] = [known.departments.get(text, "") for text in texts]


def judge_places(rows: Rows, lies: Lies, road_m: float) -> None:
    """Refuse rows whose grid, community or street is another than where they lie, or that stand off every road; fill the grid in.

    Args:
        rows: The batch.
        lies: Where its rows lie.
        road_m: How far from a road a part may stand that stands by one.
    """
    for name, found in (("unit_grid", lies.unit_grid), ("community", lies.community), ("street", lies.street)):
        if (texts := rows.texts.get(name)) is None:
            continue
        lying = found.tolist()
        differs = {
            at: {"code": lying[at]}
            for at, text in enumerate(texts)
            if text and lying[at] and text != lying[at] and rows.good[at]
        }
        rows.fault(differs, name, "grid_differs" if name == "unit_grid" else "place_differs", differs)
    for name, found in (("unit_grid", lies.unit_grid), ("community", lies.community), ("street", lies.street)):
        rows.texts[name] = found.tolist()
    with np.errstate(invalid="ignore"):
        off = np.flatnonzero(rows.good & (lies.road_m > road_m))
    rows.fault(
        off, "geometry", "off_road", {int(at): {"metres": min(99_999, round(float(lies.road_m[at])))} for at in off}
    )


def judge_class_shapes(rows: Rows, kinds: NDArray[np.int64], known: PartsKnown) -> None:
    """Note rows whose shape is of another kind than their class is surveyed as."""
    if not known.kinds:
        return
    wrong: dict[int, dict[str, Any]] = {}
    for place, (code, kind) in enumerate(zip(rows.texts["class_code"], kinds.tolist(), strict=True)):
        wanted = known.kinds.get(code)
        if wanted and kind not in wanted and rows.good[place]:
            wrong[place] = {"kind": KIND_NAMES.get(kind, "?")}
    rows.note(wrong, "class_code", "class_kind", wrong)


def judge_days(rows: Rows) -> None:
    """Refuse rows that changed before they were first surveyed."""
    begun, changed = rows.texts.get("valid_from"), rows.texts.get("changed_on")
    if begun is not None and changed is not None:
        rows.fault(
            [at for at, (one, other) in enumerate(zip(begun, changed, strict=True)) if other and one > other],
            "changed_on",
            "day_order",
        )
