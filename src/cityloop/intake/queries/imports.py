"""What came out of imports."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cityloop.cases.queries.replayed import OnTime, Replayed, Span, replayed
from cityloop.cases.queries.verifying import verify
from cityloop.geography import queries as geography
from cityloop.intake import models
from cityloop.organisation import queries as organisation
from cityloop.organisation.queries import City


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """All runs over the files of one source: the last one says what the file holds, together they made the cases."""

    source: str
    file: str
    rows: int
    refused: dict[str, int]
    noticed: dict[str, int]
    notes: list[str]
    made: int
    seconds: float
    cpu_seconds: float
    runs: int
    spans: tuple[Span, ...]


def imported_into() -> list[str]:
    """List the codes of the jurisdictions that something was imported into."""
    codes = models.ImportRun.objects.order_by("jurisdiction").values_list("jurisdiction", flat=True)
    return list(codes.distinct())


def imported_files(jurisdiction: str) -> list[ImportedFile]:
    """List the sources that were imported into a jurisdiction, in the order of their first run.

    A run that was killed has no end: what it wrote was written before the next run began, since one import runs at a time.
    """
    runs = list(models.ImportRun.objects.filter(jurisdiction=jurisdiction).order_by("id"))
    ends = [
        run.finished_at or later for run, later in zip(runs, [*(r.started_at for r in runs[1:]), None], strict=True)
    ]
    files: dict[str, list[tuple[models.ImportRun, datetime | None]]] = {}
    for run, end in zip(runs, ends, strict=True):
        files.setdefault(run.source, []).append((run, end))
    return [_file(source, found) for source, found in files.items()]


def _file(source: str, found: Sequence[tuple[models.ImportRun, datetime | None]]) -> ImportedFile:
    last = found[-1][0]
    makers = [run for run, _end in found if run.made]
    return ImportedFile(
        source=source,
        file=last.file,
        rows=last.rows,
        refused=last.refused,
        noticed=last.noticed,
        notes=[note for run, _end in found for note in run.notes],
        made=sum(run.made for run in makers),
        seconds=sum(run.seconds for run in makers),
        cpu_seconds=sum(run.cpu_seconds for run in makers),
        runs=len(found),
        spans=tuple((run.started_at, end) for run, end in found),
    )


def replay_report(jurisdiction: str, *, with_verify: bool = True) -> dict[str, Any]:
    """Return what came out of the imports into a jurisdiction, as JSON values; every figure is counted when asked.

    Args:
        jurisdiction: Code.
        with_verify: Rebuild every case from its events, which takes about as long as the import.

    Raises:
        NotFound: There is no such jurisdiction.
    """
    city = organisation.city(jurisdiction)
    files = [
        {**_of_file(file), **_of_cases(replayed(jurisdiction, file.spans, city.time_zone.key), city)}
        for file in imported_files(jurisdiction)
    ]
    report: dict[str, Any] = {"jurisdiction": jurisdiction, "name": city.name, "files": files}
    if with_verify:
        done = verify(jurisdiction)
        report["verify"] = {
            "cases": done.cases,
            "events": done.events,
            "findings": [str(finding) for finding in done.findings],
        }
    return report


def _of_file(file: ImportedFile) -> dict[str, Any]:
    return {
        "source": file.source,
        "file": file.file,
        "runs": file.runs,
        "rows": file.rows,
        "made": file.made,
        "refused": file.refused,
        "noticed": file.noticed,
        "notes": file.notes,
        "seconds": round(file.seconds, 2),
        "cpu_seconds": round(file.cpu_seconds, 2),
        "cases_per_second": round(file.made / file.seconds, 1) if file.seconds else None,
    }


def _of_cases(found: Replayed, city: City) -> dict[str, Any]:
    counts = [count for _day, count in found.days]
    busiest = max(found.days, key=lambda day: day[1], default=None)
    return {
        "cases": found.cases,
        "with_position": found.with_position,
        "in_a_grid": found.in_a_grid,
        "closed": found.closed,
        "open": found.cases - found.closed,
        "on_time": {
            "own_limit": _share(found.own_limit),
            "promised": _share(found.promised),
            "own_limit_without_ended_otherwise": _share(found.plain_own_limit),
            "promised_without_ended_otherwise": _share(found.plain_promised),
        },
        "classes": [
            {
                "words": one.words,
                "category": one.category,
                **_names(one.category, city),
                "cases": one.cases,
                "closed": one.closed,
                "on_time": one.on_time,
                "median_hours": None if one.median_hours is None else round(float(one.median_hours), 1),
            }
            for one in found.classes
        ],
        "days": {day.isoformat(): count for day, count in found.days},
        "day_summary": {
            "days": len(counts),
            "first": found.days[0][0].isoformat() if counts else None,
            "last": found.days[-1][0].isoformat() if counts else None,
            "mean": round(sum(counts) / len(counts), 1) if counts else None,
            "busiest": [busiest[0].isoformat(), busiest[1]] if busiest else None,
        },
        "areas": _areas(found, city),
    }


def _share(found: OnTime) -> dict[str, Any]:
    share = found.share
    return {"closed": found.closed, "on_time": found.on_time, "share": None if share is None else round(share, 4)}


def _names(category: str, city: City) -> dict[str, str]:
    found = city.categories.get(category)
    return {"name_zh": found.name_zh, "name_en": found.name_en} if found else {"name_zh": "", "name_en": ""}


def _areas(found: Replayed, city: City) -> dict[str, dict[str, int]]:
    """Return cases by the name of their street and of their community; ``""`` holds those in none."""
    on = city.today()
    codes = {code for street, community, _count in found.areas for code in (street, community) if code}
    names = geography.region_names(codes, on)
    streets, communities = Counter[str](), Counter[str]()
    for street, community, count in found.areas:
        streets[names.get(street, street)] += count
        communities[names.get(community, community)] += count
    return {"streets": dict(streets), "communities": dict(communities)}
