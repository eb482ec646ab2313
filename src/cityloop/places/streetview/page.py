"""What the pages of street view's imports show, and the report as a workbook."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cityloop.geography.choices import CoordinateSystem
from cityloop.kernel.sheets import Sheet, write_sheets
from cityloop.kernel.translation import _
from cityloop.onemap.choices import StreetState
from cityloop.onemap.queries.streetview import WORKING, StreetPicture, StreetRun, pictures_of, reasons_of, runs_of
from cityloop.organisation.queries import bounds_of, city
from cityloop.places.rules.street_pictures import REASONS

LIST: Final = 50
LINES: Final = 100
PINS: Final = 200


@dataclass(frozen=True, slots=True)
class Line:
    """What is said of one picture."""

    number: int
    name: str
    words: str
    is_bad: bool
    lon: float | None
    lat: float | None
    heading: str
    kind: str
    taken: str


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """How often something was found."""

    reason: str
    words: str
    count: int
    is_note: bool


def list_page(homes: Sequence[str]) -> dict[str, Any]:
    """Return what the list of imports shows."""
    return {
        "runs_shown": list(runs_of(homes)[:LIST]),
        "homes": [(code, city(code).name) for code in homes],
        "systems": CoordinateSystem.choices,
    }


def run_page(run: StreetRun, homes: Sequence[str], reason: str, after: int) -> dict[str, Any]:
    """Return what the page of an import shows: figures, what was found, the pictures and where they lie."""
    rows = pictures_of(run, reason=reason, bad=None if reason else True).filter(number__gt=after)[: LINES + 1]
    shown = [line_of(row) for row in rows]
    pins = [line_of(row) for row in pictures_of(run, bad=False)[:PINS]]
    spots = [(one.lon, one.lat) for one in pins if one.lon is not None and one.lat is not None]
    is_working = run.state in WORKING
    return {
        "run": run,
        "is_working": is_working,
        "state": StreetState(run.state),
        "counts": run.counts,
        "reasons": [] if is_working else [ReasonLine(name, _words(name, {}), n, is_note) for name, n, is_note in reasons_of(run)],
        "reason": reason,
        "lines": shown[:LINES],
        "after": shown[LINES - 1].number if len(shown) > LINES else 0,
        "pins": json.dumps([{"lon": lon, "lat": lat, "words": ""} for lon, lat in spots]),
        "sight": _around(spots) or bounds_of([run.jurisdiction]),
        "spot": f"#map=17/{spots[0][1]:.5f}/{spots[0][0]:.5f}" if spots else "",
        "share": round(100 * run.done / run.total) if run.total else None,
        "runs": list(runs_of(homes)[:30]),
    }  # fmt: skip


def _around(spots: Sequence[tuple[float, float]]) -> str:
    if not spots:
        return ""
    lons, lats = [lon for lon, _lat in spots], [lat for _lon, lat in spots]
    edge = 0.0008
    return f"{min(lons) - edge},{min(lats) - edge},{max(lons) + edge},{max(lats) + edge}"


def line_of(row: StreetPicture) -> Line:
    """Return what is said of a picture, in the reader's language."""
    facts = row.facts
    said = [_words(row.reason, row.given)] if row.reason else [_words(name, {}) for name in row.notes]
    heading = facts.get("heading_deg")
    return Line(
        row.number,
        row.name,
        "; ".join(said),
        not row.is_good,
        facts.get("lon"),
        facts.get("lat"),
        "" if heading is None else f"{heading:g}°",
        facts.get("kind", ""),
        facts.get("taken", "").replace("T", " ")[:16],
    )


def _words(reason: str, given: dict[str, str]) -> str:
    words = str(REASONS[reason])
    if not given:  # of all pictures with this reason: without what each of them has
        return words.partition(" (")[0].partition(": %")[0].partition(" “%")[0] if "%(" in words else words
    return words % given


def report_of(run: StreetRun) -> bytes:
    """Return what was found in each picture as a workbook."""
    headings = [
        _("Number"), _("File"), _("Taken or not"), _("What the checks found"), _("Longitude"), _("Latitude"), _("Heading"), _("Kind"), _("Taken"),
    ]  # fmt: skip
    lines = (line_of(row) for row in pictures_of(run).iterator(1000))
    rows = (
        [
            one.number, one.name, _("Not taken") if one.is_bad else _("Good"), one.words, one.lon or "", one.lat or "", one.heading, one.kind,
            one.taken,
        ]
        for one in lines
    )  # fmt: skip
    widths = {_("File"): 40, _("What the checks found"): 70, _("Longitude"): 14, _("Latitude"): 14, _("Taken"): 18}
    return write_sheets([Sheet(_("Street view"), headings, rows, widths=widths)])
