"""The SQL of the one door: one statement for a new case, one for every later act."""

TYPES = {
    "id": "uuid", "jurisdiction": "text", "via": "text", "state": "text", "kind": "text",
    "source": "text", "category": "text", "condition": "text", "part_code": "text", "department": "text",
    "department_ids": "bigint[]", "people": "bigint[]", "reporter_user": "bigint", "lon": "float8", "lat": "float8",
    "unit_grid": "text", "duty_grid": "text", "community": "text", "street": "text", "district": "text",
    "external_number": "text", "master": "uuid", "reported_at": "timestamptz", "closed_at": "timestamptz",
    "due_at": "timestamptz", "warn_at": "timestamptz", "double_at": "timestamptz", "wake_at": "timestamptz", "counted_by": "text", "snapshot": "jsonb", "seq": "int", "action": "text",
    "now": "timestamptz", "person": "bigint", "post": "text", "body": "text", "key": "uuid", "request": "bytea",
    "tasks": "jsonb", "texts": "jsonb",
}  # fmt: skip
"""What both statements are given; PostgreSQL is told each type once, so that it may keep the plan."""

FILES = {"files": "jsonb"}
CREATE_TYPES = {
    **TYPES,
    "said": "text",
    "grams": "int[]",
    "table_version": "int",
    "day": "date",
    "prefix": "text",
    "preimage": "bytea",
}
ACT_TYPES = {**TYPES, "from_state": "text", "head": "bytea", "done": "int[]"}


def _given(types: dict[str, str]) -> str:
    return ", ".join(f"%({name})s::{kind} AS {name}" for name, kind in types.items())


TASK_FIELDS = (
    "t(n int, kind text, post text, department_id bigint, person bigint, duty_grid text, due_at timestamptz,"
    " warn_at timestamptz, double_at timestamptz)"
)
TEXT_FIELDS = "t(field text, text text, salt text, personal boolean)"
FILE_FIELDS = "t(n int, kind text, sha256 text, lies_in text)"

EVENT_AND_MORE = f"""
told AS (
    INSERT INTO cases_caseevent (case_id, seq, jurisdiction, action, at, person, post, via, from_state, to_state, body,
        hash, key, request)
    SELECT g.id, g.seq, g.jurisdiction, g.action, g.now, g.person, g.post, g.via, g.from_state, g.state, g.body,
        g.head, g.key, g.request
    FROM given AS g
), tasks AS (
    INSERT INTO cases_task (case_id, n, jurisdiction, kind, post, department_id, person, duty_grid, opened_at, due_at,
        warn_at, double_at, opened_seq)
    SELECT g.id, t.n, g.jurisdiction, t.kind, t.post, t.department_id, t.person, t.duty_grid, g.now, t.due_at, t.warn_at,
        t.double_at, g.seq
    FROM given AS g, jsonb_to_recordset(g.tasks) AS {TASK_FIELDS}
    ON CONFLICT (case_id, n) DO UPDATE SET duty_grid = excluded.duty_grid, due_at = excluded.due_at,
        warn_at = excluded.warn_at, double_at = excluded.double_at, done_at = NULL, done_by = NULL, done_seq = NULL
), texts AS (
    INSERT INTO cases_casetext (case_id, seq, field, text, salt, personal)
    SELECT g.id, g.seq, t.field, t.text, decode(t.salt, 'hex'), t.personal
    FROM given AS g, jsonb_to_recordset(g.texts) AS {TEXT_FIELDS}
)"""

AND_FILES = f""", files AS (
    INSERT INTO cases_attachment (case_id, seq, n, kind, sha256, lies_in)
    SELECT g.id, g.seq, t.n, t.kind, t.sha256, t.lies_in FROM given AS g, jsonb_to_recordset(g.files) AS {FILE_FIELDS}
)"""
"""Only in the statements for acts that name files: the others do without."""


def _create(types: dict[str, str], more: str) -> str:
    return f"""
-- Give the next number of the day (the counter's row is locked here, in the last statement before the commit, so that a
-- rollback leaves no gap and writers wait for no more than a commit), then write case, event, tasks and texts.
WITH asked AS (
    SELECT {_given(types)}
), counter AS (
    INSERT INTO cases_casecounter (jurisdiction, day, last) SELECT jurisdiction, day, 1 FROM asked
    ON CONFLICT (jurisdiction, day) DO UPDATE SET last = cases_casecounter.last + 1
    RETURNING last
), numbered AS (
    SELECT a.*, a.prefix || lpad(c.last::text, 5, '0') AS number FROM asked AS a, counter AS c
), given AS (
    SELECT *, ''::text AS from_state, sha256(preimage || convert_to(number, 'UTF8')) AS head FROM numbered
), made AS (
    INSERT INTO cases_case (id, number, jurisdiction, table_version, via, state, kind, source, category, condition,
        part_code, department, department_ids, people, reporter_user, location, unit_grid, duty_grid, community,
        street, district, external_number, master, reported_at, closed_at, due_at, warn_at, double_at,
        wake_at, counted_by, snapshot, seq, head)
    SELECT id, number, jurisdiction, table_version, via, state, kind, source, category, condition, part_code,
        department, department_ids, people, reporter_user, ST_SetSRID(ST_MakePoint(lon, lat), 4490), unit_grid,
        duty_grid, community, street, district, external_number, master, reported_at, closed_at, due_at, warn_at,
        double_at, wake_at, counted_by, snapshot, seq, head
    FROM given
), words AS (
    INSERT INTO cases_casewords (case_id, said, grams) SELECT id, said, grams FROM given
), {EVENT_AND_MORE}{more}
SELECT number, head FROM given
"""


def _act(types: dict[str, str], more: str) -> str:
    return f"""
-- Append the event and bring the projections to it; a task that comes again (an act was withdrawn) is opened anew.
WITH given AS (
    SELECT {_given(types)}
), {EVENT_AND_MORE}{more}, done AS (
    UPDATE cases_task AS t SET done_at = g.now, done_by = g.person, done_seq = g.seq
    FROM given AS g WHERE t.case_id = g.id AND t.n = ANY(g.done)
)
UPDATE cases_case AS c SET state = g.state, kind = g.kind, source = g.source, category = g.category,
    condition = g.condition, part_code = g.part_code, department = g.department, department_ids = g.department_ids,
    people = g.people, reporter_user = g.reporter_user, location = ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4490),
    unit_grid = g.unit_grid, duty_grid = g.duty_grid, community = g.community, street = g.street,
    district = g.district, external_number = g.external_number, master = g.master, reported_at = g.reported_at,
    closed_at = g.closed_at, due_at = g.due_at, warn_at = g.warn_at, double_at = g.double_at,
    wake_at = g.wake_at, counted_by = g.counted_by, snapshot = g.snapshot, seq = g.seq, head = g.head
FROM given AS g WHERE c.id = g.id
"""


CREATE, CREATE_WITH_FILES = _create(CREATE_TYPES, ""), _create(CREATE_TYPES | FILES, AND_FILES)
ACT, ACT_WITH_FILES = _act(ACT_TYPES, ""), _act(ACT_TYPES | FILES, AND_FILES)

SIMILAR = """
-- Is there an open case of the same class within the radius? The index case_open_near answers by class and box. The
-- jurisdiction is kept from leading to another index: a plan made while the table was small would read a whole city's.
WITH near AS (
    SELECT ST_SetSRID(ST_MakePoint(%(lon)s::float8, %(lat)s::float8), 4490) AS point,
        ST_MakeEnvelope(%(west)s::float8, %(south)s::float8, %(east)s::float8, %(north)s::float8, 4490) AS box
)
SELECT EXISTS (
    SELECT FROM cases_case, near
    WHERE kind IN ('waiting', 'working', 'paused') AND location IS NOT NULL AND category = %(category)s
        AND jurisdiction || '' = %(jurisdiction)s AND location && box
        AND ST_DistanceSphere(location, point) <= %(radius_m)s::float8
)
"""

RESTRICTED = """
-- Which rule forbids reporting this class here and now? Not asked in most cities: they have no such zones.
WITH here AS (
    SELECT %(now)s::timestamptz AS now, %(local)s::time AS local,
        ST_SetSRID(ST_MakePoint(%(lon)s::float8, %(lat)s::float8), 4490) AS point
)
SELECT reason FROM cases_restrictedzone, here
WHERE jurisdiction = %(jurisdiction)s AND (categories = '{}' OR %(category)s = ANY(categories))
    AND (starts_at IS NULL OR starts_at <= now) AND (ends_at IS NULL OR ends_at > now)
    AND (daily_from IS NULL OR daily_to IS NULL OR CASE WHEN daily_from <= daily_to
        THEN local >= daily_from AND local < daily_to
        ELSE local >= daily_from OR local < daily_to END)
    AND (area IS NULL OR ST_Covers(area, point))
ORDER BY id LIMIT 1
"""
