"""Holds what the database has against what ``recount.py`` counts in the file: by day, by class, by district.

As a command it prints one JSON object for ``replay_report --compared``:  compare.py DATA [--limit N]
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

RECOUNT = Path(__file__).with_name("recount.py")


@dataclass(frozen=True)
class Source:
    """A real file: how the recount is told to read it, and where the database keeps its district.

    ``district`` is a regular expression over the address, or the level of the region that the case was located in.
    """

    file: str
    arguments: tuple[str, ...]
    district: str


SOURCES = {
    "la311": Source(
        "la311/requests.csv.gz",
        ("--time", "createddate", "--class", "requesttype", "--close", "closeddate", "--district", "cd"),
        r"(?: · |^)CD (\d+)(?: · |$)",
    ),
    "taipei_1999": Source(
        "taipei/cases_1999_dispatch.csv.gz",
        ("--time", "created_at", "--class", "case_type", "--district", "district"),
        "street",
    ),
    "taipei_disaster": Source(
        "taipei/cases_disaster.csv.gz",
        ("--time", "occurred_at", "--class", "sub_type", "--drop", "operation=測試", "--areas", "taipei/villages.geojson.gz",
         "--name", "district"),
        "street",
    ),
    "baltimore311": Source(
        "baltimore311/requests.csv.gz",
        ("--time", "CreatedDate", "--class", "SRType", "--close", "CloseDate", "--district", "CouncilDistrict"),
        r"(?: · |^)Council district (\d+)$",
    ),
    "zurich_reports": Source(
        "zurich_reports/reports.csv.gz",
        ("--time", "date", "--class", "service_code", "--areas", "zurich_reports/quarters.geojson.gz", "--name", "name"),
        "community",
    ),
}  # fmt: skip

DISTRICTS_IN_ADDRESS = """
SELECT coalesce(substring(said.text FROM %(pattern)s), ''), count(*) FROM cases_case
LEFT JOIN cases_casetext AS said ON said.case_id = cases_case.id AND said.seq = 1 AND said.field = 'address'
WHERE cases_case.jurisdiction = %(jurisdiction)s GROUP BY 1
"""


def recounted(name: str, data: Path, limit: int | None = None) -> dict[str, Any]:
    """Run the independent script over the file of ``name``."""
    source = SOURCES[name]
    arguments = [str(data / one) if one.endswith(".geojson.gz") else one for one in source.arguments]
    command = [sys.executable, str(RECOUNT), str(data / source.file), *arguments]
    command += ["--limit", str(limit)] if limit else []
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    counted: dict[str, Any] = json.loads(done.stdout)
    return counted


def differences(name: str, data: Path, report: Mapping[str, Any], limit: int | None = None) -> dict[str, Any]:
    """Return, for rows, days, classes and districts, how many keys were compared and which differ.

    Args:
        report: What ``replay_report`` says of the source.
    """
    theirs = recounted(name, data, limit)
    classes = Counter[str]()
    for one in report["classes"]:
        classes[one["words"]] += one["cases"]
    refused = report["refused"]
    return {
        "rows": _compare(
            {"rows": theirs["rows"], "negative": theirs["negative"], "dropped": theirs["dropped"]},
            {
                "rows": report["rows"],
                "negative": refused.get("negative_duration", 0),
                "dropped": refused.get("pattern", 0),
            },
        ),
        "days": _compare(theirs["days"], report["days"]),
        "classes": _compare(theirs["classes"], classes),
        "districts": _compare(theirs["districts"], _districts(name, report)),
    }


def _districts(name: str, report: Mapping[str, Any]) -> Mapping[str, int]:
    place = SOURCES[name].district
    if place in {"street", "community"}:
        areas: Mapping[str, int] = report["areas"]["streets" if place == "street" else "communities"]
        return areas
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(DISTRICTS_IN_ADDRESS, {"pattern": place, "jurisdiction": report["jurisdiction"]})
        return dict(cursor.fetchall())


def _compare(theirs: Mapping[str, int], ours: Mapping[str, int]) -> dict[str, Any]:
    theirs, ours = _usual(theirs), _usual(ours)
    differ = {key: [theirs[key], ours[key]] for key in sorted({*theirs, *ours}) if theirs[key] != ours[key]}
    return {"compared": len(theirs), "differ": differ}


def _usual(counts: Mapping[str, int]) -> Counter[str]:
    """Return counts under the usual spelling of their words, without what is nowhere counted."""
    usual = Counter[str]()
    for key, count in counts.items():
        usual[" ".join(normalize("NFC", key).split())] += count
    return +usual


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityloop.site.settings.prod")
    django.setup()
    from cityloop.intake.queries import replay_report

    data = Path(sys.argv[1])
    limit = int(sys.argv[3]) if sys.argv[2:3] == ["--limit"] else None
    answers = {}
    for code in ("990201", "990202", "990203", "990204"):
        for file in replay_report(code, with_verify=False)["files"]:
            answers[file["source"]] = differences(file["source"], data, {**file, "jurisdiction": code}, limit)
    json.dump(answers, sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
