"""Features as rows of a workbook, a sheet for each layer: for people without a GIS."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import shapely

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _
from cityloop.onemap.choices import ValueKind
from cityloop.onemap.rules.layer import Column, Layer

MOST_ROWS = 1_000_000
"""Of a sheet: Excel has 1,048,576."""

MOST_SIGNS = 32_767
"""Of a cell."""

NAME_LONGEST = 31
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
"""What no name of a sheet may hold."""


def write_workbook(path: Path, sources: Sequence[tuple[Layer, Iterator[Sequence[str]]]]) -> None:
    """Write layers into a workbook at ``path``: the properties with their titles, what codes mean in words, and where each lies.

    Every text is a cell of text, whatever it begins with: none becomes a formula or a link. A shape that is no point stands as
    well-known text in the last column, unless it is longer than a cell may be.

    Raises:
        InvalidInput: A layer has more rows than a sheet.
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "tmpdir": str(path.parent),
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        looks = (
            book.add_format({"bold": True, "bg_color": "#eaf1fb", "bottom": 1}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        names: set[str] = set()
        for layer, pages in sources:
            name = _sheet_name(str(layer.title), names)
            _write_sheet(book.add_worksheet(name), layer, pages, looks)


def _write_sheet(page: Any, layer: Layer, pages: Iterator[Sequence[str]], looks: tuple[Any, Any]) -> None:
    assert layer.features is not None
    columns, (bold, day) = layer.features.columns, looks
    words = {name: {code: str(said) for code, said in column.words} for name, column in columns.items()}
    has_shapes = layer.features.geometry_type != "Point"
    titles = [*(str(column.title) for column in columns.values()), _("Longitude"), _("Latitude")]
    titles += [_("Shape (WKT)")] if has_shapes else []
    page.freeze_panes(1, 0)
    for at, title in enumerate(titles):
        page.set_column(at, at, 18)
        page.write_string(0, at, title, bold)
    number = 0
    for features in pages:
        if number + len(features) > MOST_ROWS:
            said = _(
                "“%(title)s” has more than %(most)d rows, which no sheet of Excel holds. Take a GeoPackage, or a smaller area."
            )
            raise InvalidInput(said % {"title": layer.title, "most": MOST_ROWS})
        shapes = shapely.from_geojson(features, on_invalid="ignore")
        spots = shapely.point_on_surface(shapes)
        for text, shape, spot in zip(features, shapes, spots, strict=True):
            number += 1
            facts = orjson.loads(text)["properties"]
            for at, (name, column) in enumerate(columns.items()):
                _write_cell(page, number, at, column, words[name], facts[name], day)
            if spot is not None and not spot.is_empty:
                page.write_number(number, len(columns), round(spot.x, 7))
                page.write_number(number, len(columns) + 1, round(spot.y, 7))
            if has_shapes and shape is not None:
                wkt = shapely.to_wkt(shape, rounding_precision=7)
                if len(wkt) <= MOST_SIGNS:
                    page.write_string(number, len(columns) + 2, wkt)


def _write_cell(page: Any, row: int, at: int, column: Column, words: dict[str, str], value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if column.kind is ValueKind.DATE:
        page.write_datetime(row, at, date.fromisoformat(value), day)
    elif isinstance(value, bool):
        page.write_string(row, at, _("Yes") if value else _("No"))
    elif isinstance(value, (int, float)):
        page.write_number(row, at, value)
    else:
        page.write_string(row, at, words.get(value, str(value))[:MOST_SIGNS])


def _sheet_name(title: str, taken: set[str]) -> str:
    """Return a name for a sheet that Excel takes and that no other one has."""
    name = title.translate(FORBIDDEN).strip()[:NAME_LONGEST] or "-"
    number = 1
    while name.casefold() in taken:
        number += 1
        name = f"{name[: NAME_LONGEST - 4]} {number}"
    taken.add(name.casefold())
    return name
