"""What words find a case, for cases that were written before there were such words, or whose words were taken away."""

import orjson
from django.db import connection

from cityloop.cases.projections import words_of_case
from cityloop.cases.rules.bigrams import grams
from cityloop.kernel.hashing import canonical

SAID = """
-- Some cases without words, with what was said last of each: their address, their description.
SELECT c.id::text, c.external_number, (
    SELECT coalesce(jsonb_object_agg(t.field, t.text ORDER BY t.seq), '{}') FROM cases_casetext AS t
    WHERE t.case_id = c.id AND t.field IN ('address', 'description') AND t.text IS NOT NULL
)
FROM cases_case AS c
WHERE c.id > %s AND NOT EXISTS (SELECT FROM cases_casewords AS w WHERE w.case_id = c.id)
ORDER BY c.id LIMIT %s
"""

WRITE = """
-- A case that is acted on meanwhile has its words from there.
INSERT INTO cases_casewords (case_id, said, grams)
SELECT case_id, said, grams FROM jsonb_to_recordset(%s::jsonb) AS t(case_id uuid, said text, grams int[])
ON CONFLICT (case_id) DO NOTHING
"""

BATCH = 5_000
FIRST = "00000000-0000-0000-0000-000000000000"


def index_words(batch: int = BATCH) -> int:
    """Write the words of all cases that have none, in batches that are each committed by itself; return how many."""
    last, written = FIRST, 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(SAID, [last, batch])
            rows = cursor.fetchall()
            if not rows:
                return written
            found = []
            for case, external, said in rows:
                words = words_of_case(orjson.loads(said), external)
                found.append({"case_id": case, "said": words, "grams": grams(words)})
            cursor.execute(WRITE, [canonical(found).decode()])
            last, written = rows[-1][0], written + len(rows)
