"""Parts as rows of a workbook, by the attributes of their scheme: written row by row, so that a million take no more memory than one."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from cityloop.assets.queries.told import extra_words, value_words
from cityloop.assets.queries.words import PartWords, areas_of, state_words
from cityloop.assets.rules.attributes import EXTRAS, Attribute, attributes_of
from cityloop.kernel.translation import _
from cityloop.organisation.queries import City


def write_workbook(
    path: Path, home: City, batches: Iterable[Sequence[Any]], tell: Callable[[int], None], most: int
) -> int:
    """Write parts into a workbook at ``path`` and return how many there were.

    Its columns are the attributes of the city's scheme in the standard's order, then longitude, latitude and what the
    registry adds. Every text is a cell of text, whatever it begins with: none becomes a formula or a link.

    Args:
        batches: Parts, each with its ``spot``.
        tell: Called after each batch with how many are written.
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "tmpdir": str(path.parent),
    }
    attributes = attributes_of(home.scheme)
    words = PartWords(home, [one.code for one in areas_of(home)])
    number = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#eaf1fb", "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page = book.add_worksheet(_("Parts"))
        page.freeze_panes(1, 1)
        more = [_("Class"), _("Longitude"), _("Latitude"), _("Accuracy of the position"), _("Gone since")]
        for column, heading in enumerate([*(one.title for one in attributes), *more]):
            page.set_column(column, column, 20)
            page.write_string(0, column, heading, bold)
        for batch in batches:
            for row in batch[: most - number]:
                number += 1
                for column, value in enumerate(_cells(row, attributes, words)):
                    if isinstance(value, date):
                        page.write_datetime(number, column, value, day)
                    elif isinstance(value, float):
                        page.write_number(number, column, value)
                    elif value:
                        page.write_string(number, column, value)
            tell(number)
            if number >= most:
                break
    return number


def _cells(row: Any, attributes: Sequence[Attribute], words: PartWords) -> list[Any]:
    return [
        *(_cell(row, one, words) for one in attributes),
        words.class_name(row.scheme, row.class_code), row.spot.x, row.spot.y, row.accuracy, row.valid_to,
    ]  # fmt: skip


def _cell(row: Any, one: Attribute, words: PartWords) -> Any:
    if one.is_extra:
        return extra_words((row.extras or {}).get(one.name.removeprefix(EXTRAS)))
    if one.type == "day":
        return getattr(row, one.name)
    match one.name:
        case "name":
            return row.name or words.class_name(row.scheme, row.class_code)
        case "state":
            return state_words(row.state)
        case "supervisor_name" | "owner_name" | "keeper_name":
            unit = one.name.removesuffix("_name")
            return words.unit(getattr(row, unit), getattr(row, one.name))
        case "street_name" | "community_name":
            code = getattr(row, one.name.removesuffix("_name"))
            return words.area(code) if code else ""
        case "source":
            return value_words(words, "source", {"source": row.source})
        case _:
            return getattr(row, one.name)
