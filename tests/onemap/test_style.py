"""One source for three themes."""

import json
from typing import Any

import pytest

from cityloop.onemap.choices import Group, Shape, Theme
from cityloop.onemap.registry import layers, named, register
from cityloop.onemap.rules import Drawn, Layer, Rows, style
from cityloop.onemap.rules.palette import TABLE, palette
from cityloop.onemap.rules.style import sources_of


def layer(name: str = "made_up", **more: Any) -> Layer:
    facts: dict[str, Any] = {
        "title": name, "shape": Shape.POINT, "group": Group.WORK, "zooms": (3, 16), "columns": {},
        "rows": lambda _look, _at: Rows("SELECT 1", ()), **more,
    }  # fmt: skip
    return Layer(name=name, **facts)


def drawn_colours(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value[1:]} if value.startswith("@") else set()
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return {colour for part in parts for colour in drawn_colours(part)}


def test_every_colour_that_a_layer_is_drawn_with_is_in_the_table_of_colours() -> None:
    used = {colour for one in layers() for drawn in one.drawn for colour in drawn_colours(dict(drawn.spec))}
    assert used <= TABLE.keys()
    assert {item.colour for one in layers() for item in one.legend} <= TABLE.keys()
    assert len(used) > 20


@pytest.mark.parametrize("theme", Theme)
def test_a_theme_is_whole_and_speaks_of_no_other_host(theme: Theme) -> None:
    document = style(layers(), theme)
    text = json.dumps(document)
    assert '"@' not in text
    assert "http" not in text
    assert {one["id"] for one in document["layers"]} >= {"land", "unit_grids-hover"}
    assert len({one["id"] for one in document["layers"]}) == len(document["layers"])
    for one in document["layers"][1:]:
        assert one["source"] in document["sources"]
        assert one["source-layer"] in one["metadata"]["cityloop:layer"]
        if "text-field" in one.get("layout", {}):
            assert one["layout"]["text-font"] == ["Noto Sans SC"]


def test_the_themes_differ_in_colour_alone() -> None:
    light, dark = (style(layers(), theme)["layers"] for theme in (Theme.LIGHT, Theme.DARK))
    assert [one["id"] for one in light] == [one["id"] for one in dark]
    assert palette(Theme.LIGHT)["water"] == "#cfe3f1"
    assert palette(Theme.LIGHT) != palette(Theme.DARK) != palette(Theme.SCREEN)


def test_low_things_lie_under_high_ones() -> None:
    under, over = (
        layer("over_one", drawn=[Drawn(5, {"type": "circle"})]),
        layer("under_one", drawn=[Drawn(9, {"type": "line"})]),
    )
    assert [one["type"] for one in style([over, under], Theme.LIGHT)["layers"][1:]] == ["circle", "line"]


def test_what_is_live_travels_by_itself_and_the_rest_by_groups() -> None:
    made = [layer("a", group=Group.GROUND), layer("b", group=Group.GROUND), layer("c", is_live=True)]
    assert sources_of(made) == {"ground": ["a", "b"], "c": ["c"]}


def test_a_layer_that_is_not_shown_from_the_start_is_in_the_style_and_hidden() -> None:
    hidden = layer(is_shown=False, drawn=[Drawn(1, {"type": "circle"})])
    assert style([hidden], Theme.LIGHT)["layers"][1]["layout"] == {"visibility": "none"}


def test_a_name_is_registered_once_and_must_fit_into_an_address() -> None:
    with pytest.raises(ValueError, match="roads"):
        register(layer("roads"))
    with pytest.raises(ValueError, match="Two Words"):
        register(layer("Two Words"))


def test_every_room_has_brought_its_layers() -> None:
    wanted = (
        "addresses", "areas", "buildings", "cases", "duty_grids", "evaluation_grids", "extension_grids", "management_grids", "parts", "pois", "regions", "roads", "streetview", "unit_grids",
    )  # fmt: skip
    assert tuple(one.name for one in layers()) == wanted
    assert [one.name for one in named(["roads", "areas"])] == ["roads", "areas"]
