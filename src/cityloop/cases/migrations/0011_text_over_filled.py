from typing import Any

from django.db import migrations

FILL = """
-- Some of the personal texts that are left, of cases that were over before texts knew it.
UPDATE cases_casetext AS t SET over_in = c.jurisdiction, over_at = (c.snapshot ->> 'at')::timestamptz
FROM cases_case AS c
WHERE c.id = t.case_id AND t.id IN (
    SELECT t.id FROM cases_casetext AS t JOIN cases_case AS c ON c.id = t.case_id
    WHERE t.personal AND t.erased_at IS NULL AND t.over_at IS NULL AND c.kind IN ('closed', 'void')
    LIMIT 10000 FOR UPDATE OF t SKIP LOCKED
)
"""


def fill(_apps: Any, schema_editor: Any) -> None:
    """In batches, so that nobody waits for long; a case that moves meanwhile tells its texts itself."""
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(FILL)
            if not cursor.rowcount:
                return


class Migration(migrations.Migration):
    atomic = False  # a batch is committed before the next one is begun

    dependencies = [("cases", "0010_text_over")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
