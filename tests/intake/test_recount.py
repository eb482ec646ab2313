"""The five real files, their first rows: what the database holds is what an independent script counts in the file."""

from pathlib import Path

import pytest

from cityloop.cases.queries.verifying import verify
from cityloop.intake.actions import import_requests
from cityloop.intake.mappings import read_shipped
from cityloop.intake.queries import replay_report
from intake.compare import SOURCES, differences

LIMIT = 200


@pytest.mark.django_db
@pytest.mark.parametrize("name", SOURCES)
def test_the_database_holds_what_the_file_says(name: str, real_data: Path) -> None:
    mapping = read_shipped(name)
    code = mapping.jurisdiction.code
    outcome = import_requests(real_data / SOURCES[name].file, mapping, limit=LIMIT)
    assert outcome.rows == LIMIT
    assert set(outcome.refused) <= {"negative_duration", "pattern"}
    (file,) = replay_report(code, with_verify=False)["files"]
    assert file["cases"] == outcome.made == LIMIT - outcome.refusals
    found = differences(name, real_data, {**file, "jurisdiction": code}, LIMIT)
    assert {what: one["differ"] for what, one in found.items()} == {
        "rows": {},
        "days": {},
        "classes": {},
        "districts": {},
    }
    assert all(one["compared"] for one in found.values())
    assert verify(code).findings == []
