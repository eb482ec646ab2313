"""Cases as rows of a workbook: written row by row, so that a hundred thousand take no more memory than one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from cityloop.cases.choices import Light
from cityloop.cases.queries.case_list import CaseLine
from cityloop.kernel.translation import _

EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
DAY = timedelta(days=1)
WIDTHS = (22, 12, 10, 10, 22, 36, 14, 20, 34, 60, 16, 16, 18, 12, 12, 18, 18, 18, 20, 12, 16)


@dataclass(frozen=True, slots=True)
class Line:
    """A case with what is said of it. ``name`` and ``phone`` of who reported it as the reader may see them."""

    case: CaseLine
    said: Mapping[str, str]
    street: str
    community: str
    zone: tzinfo
    name: str
    phone: str


def headings() -> list[str]:
    return [
        _("Number"), _("State"), _("Traffic light"), _("Source"), _("Class"), _("Filing condition"), _("Department"),
        _("External number"), _("Address"), _("Description"), _("Street"), _("Community"), _("Unit grid"), _("Longitude"),
        _("Latitude"), _("Reported at"), _("Due"), _("Closed at"), _("Duty grid"), _("Reported by"), _("Phone"),
    ]  # fmt: skip


def write_workbook(path: Path, batches: Iterable[Sequence[Line]]) -> int:
    """Write the lines into a workbook at ``path`` and return how many there were.

    Every text is a cell of text, whatever it begins with: none becomes a formula or a link.
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "tmpdir": str(path.parent),
    }
    number = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#eaf1fb", "bottom": 1})
        instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        page = book.add_worksheet(_("Cases"))
        page.freeze_panes(1, 1)
        for column, (heading, width) in enumerate(zip(headings(), WIDTHS, strict=True)):
            page.set_column(column, column, width)
            page.write_string(0, column, heading, bold)
        for batch in batches:
            for line in batch:
                number += 1
                for column, value in enumerate(_cells(line)):
                    if value is None or value == "":
                        continue
                    if isinstance(value, str):
                        page.write_string(number, column, value)
                    elif isinstance(value, float):
                        page.write_number(number, column, value)
                    else:
                        page.write_number(number, column, _serial(value, line.zone), instant)
    return number


def _serial(at: datetime, zone: tzinfo) -> float:
    """Return an instant as Excel counts it: days since its epoch, by the city's clocks."""
    return (at.astimezone(zone).replace(tzinfo=UTC) - EPOCH) / DAY


def _cells(line: Line) -> tuple[Any, ...]:
    case = line.case
    lon, lat = case.position or (None, None)
    return (
        case.number, case.state.name, str(case.light.label) if case.light is not Light.NONE else "",
        case.source.name, case.category.name, case.condition.name if case.condition else "",
        case.department.name if case.department else "", case.external_number, line.said.get("address", ""),
        line.said.get("description", ""), line.street, line.community, case.unit_grid, lon, lat, case.reported_at,
        case.due_at, case.closed_at, case.duty_grid, line.name, line.phone,
    )  # fmt: skip
