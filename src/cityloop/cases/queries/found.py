"""A case with what is needed to speak about it."""

from datetime import datetime
from typing import NamedTuple

from cityloop.cases import models
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.tables import table
from cityloop.cases.rules.snapshot import Snapshot, snapshot_from_json
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _
from cityloop.organisation.rules.staffing import Viewer

NUMBER_DIGITS = 19


class Found(NamedTuple):
    """A case that somebody may see, the table that it runs under, its city, and the city's time."""

    row: models.Case
    loop: Table
    city: LoopCity
    snapshot: Snapshot
    now: datetime
    viewer: Viewer


def find(number: str, viewer: Viewer) -> Found:
    """Return the case with this number: one query, and the city's.

    Raises:
        NotFound: There is none that ``viewer`` may see.
    """
    row = None
    if len(number) == NUMBER_DIGITS and number.isascii() and number.isdigit():
        row = models.Case.objects.visible_to(viewer).filter(number=number).defer("location").first()
    if row is None:
        raise NotFound(_("There is no case “%(number)s” that you may see.") % {"number": number[:40]})
    city = loop_city(row.jurisdiction)
    loop = table(row.jurisdiction, row.table_version)
    return Found(row, loop, city, snapshot_from_json(row.snapshot), city.city.now(), viewer)
