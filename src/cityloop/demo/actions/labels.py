"""Which reports tell of one problem: the generator knows, and keeps it in a file for whoever measures the search for duplicates."""

import csv
import gzip
import io
from collections.abc import Iterable
from uuid import UUID

from cityloop.demo.queries import LABEL_COLUMNS, labels_path
from cityloop.demo.rules.reports import Report


def write_labels(reports: Iterable[tuple[UUID, Report]]) -> None:
    """Write one line for each report, by the idempotency key of the event that made its case; the same city, the same bytes."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(LABEL_COLUMNS)
    for key, one in reports:
        lines.writerow(
            (key, one.problem, one.at.isoformat(), one.category, one.source, one.lon, one.lat, one.description)
        )
    draft = labels_path().with_suffix(".new")  # written whole beside its place: nobody reads half of it
    draft.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    draft.replace(labels_path())
