"""The SQL of the one door: one statement for a new case, one for every later act."""

CREATE = """
-- Give the next number of the day (the counter's row is locked here, in the last statement before the commit, so that a
-- rollback leaves no gap and writers wait for no more than a commit), then write case, event, tasks and texts.
WITH counter AS (
    INSERT INTO cases_casecounter (jurisdiction, day, last) VALUES (%(jurisdiction)s, %(day)s, 1)
    ON CONFLICT (jurisdiction, day) DO UPDATE SET last = cases_casecounter.last + 1
    RETURNING last
), numbered AS (
    SELECT %(prefix)s || lpad(last::text, 5, '0') AS number FROM counter
), hashed AS (
    SELECT number, sha256(%(preimage)s || convert_to(number, 'UTF8')) AS head FROM numbered
), made AS (
    INSERT INTO cases_case (id, number, jurisdiction, table_version, via, state, kind, source, category, condition,
        part_code, department, department_ids, people, reporter_user, location, unit_grid, duty_grid, community,
        street, district, external_number, master, reported_at, closed_at, due_at, warn_at, snapshot, seq, head)
    SELECT %(id)s, number, %(jurisdiction)s, %(table_version)s, %(via)s, %(state)s, %(kind)s, %(source)s, %(category)s,
        %(condition)s, %(part_code)s, %(department)s, %(department_ids)s::bigint[], %(people)s::bigint[],
        %(reporter_user)s, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490), %(unit_grid)s, %(duty_grid)s,
        %(community)s, %(street)s, %(district)s, %(external_number)s, %(master)s, %(reported_at)s, %(closed_at)s,
        %(due_at)s, %(warn_at)s, %(snapshot)s::jsonb, %(seq)s, head
    FROM hashed
    RETURNING id
), told AS (
    INSERT INTO cases_caseevent (case_id, seq, jurisdiction, action, at, person, post, via, from_state, to_state, body,
        hash, key, request)
    SELECT %(id)s, 1, %(jurisdiction)s, %(action)s, %(now)s, %(person)s, %(post)s, %(via)s, '', %(state)s, %(body)s,
        head, %(key)s, %(request)s
    FROM hashed
), tasks AS (
    INSERT INTO cases_task (case_id, n, jurisdiction, kind, post, department_id, person, duty_grid, opened_at, due_at,
        warn_at, opened_seq)
    SELECT %(id)s, n, %(jurisdiction)s, kind, post, department_id, person, duty_grid, %(now)s, due_at, warn_at, 1
    FROM jsonb_to_recordset(%(tasks)s::jsonb) AS t(n int, kind text, post text, department_id bigint, person bigint,
        duty_grid text, due_at timestamptz, warn_at timestamptz)
), texts AS (
    INSERT INTO cases_casetext (case_id, seq, field, text, salt, personal)
    SELECT %(id)s, 1, field, text, decode(salt, 'hex'), personal
    FROM jsonb_to_recordset(%(texts)s::jsonb) AS t(field text, text text, salt text, personal boolean)
)
SELECT number, head FROM hashed
"""

ACT = """
-- Append the event and bring the projections to it; a task that comes again (an act was withdrawn) is opened anew.
WITH told AS (
    INSERT INTO cases_caseevent (case_id, seq, jurisdiction, action, at, person, post, via, from_state, to_state, body,
        hash, key, request)
    VALUES (%(id)s, %(seq)s, %(jurisdiction)s, %(action)s, %(now)s, %(person)s, %(post)s, %(via)s, %(from_state)s,
        %(state)s, %(body)s, %(head)s, %(key)s, %(request)s)
), tasks AS (
    INSERT INTO cases_task (case_id, n, jurisdiction, kind, post, department_id, person, duty_grid, opened_at, due_at,
        warn_at, opened_seq)
    SELECT %(id)s, n, %(jurisdiction)s, kind, post, department_id, person, duty_grid, %(now)s, due_at, warn_at, %(seq)s
    FROM jsonb_to_recordset(%(tasks)s::jsonb) AS t(n int, kind text, post text, department_id bigint, person bigint,
        duty_grid text, due_at timestamptz, warn_at timestamptz)
    ON CONFLICT (case_id, n) DO UPDATE SET due_at = excluded.due_at, warn_at = excluded.warn_at, done_at = NULL,
        done_by = NULL, done_seq = NULL
), done AS (
    UPDATE cases_task SET done_at = %(now)s, done_by = %(person)s, done_seq = %(seq)s
    WHERE case_id = %(id)s AND n = ANY(%(done)s::int[])
), texts AS (
    INSERT INTO cases_casetext (case_id, seq, field, text, salt, personal)
    SELECT %(id)s, %(seq)s, field, text, decode(salt, 'hex'), personal
    FROM jsonb_to_recordset(%(texts)s::jsonb) AS t(field text, text text, salt text, personal boolean)
)
UPDATE cases_case SET state = %(state)s, kind = %(kind)s, source = %(source)s, category = %(category)s,
    condition = %(condition)s, part_code = %(part_code)s, department = %(department)s,
    department_ids = %(department_ids)s::bigint[], people = %(people)s::bigint[], reporter_user = %(reporter_user)s,
    location = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490), unit_grid = %(unit_grid)s, duty_grid = %(duty_grid)s,
    community = %(community)s, street = %(street)s, district = %(district)s, external_number = %(external_number)s,
    master = %(master)s, reported_at = %(reported_at)s, closed_at = %(closed_at)s, due_at = %(due_at)s,
    warn_at = %(warn_at)s, snapshot = %(snapshot)s::jsonb, seq = %(seq)s, head = %(head)s
WHERE id = %(id)s
"""

SIMILAR = """
-- Is there an open case of the same class within the radius? The index case_open_near answers by class and box.
SELECT EXISTS (
    SELECT FROM cases_case
    WHERE kind IN ('waiting', 'working', 'paused') AND location IS NOT NULL AND category = %(category)s
        AND location && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
        AND ST_DistanceSphere(location, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490)) <= %(radius_m)s
)
"""

RESTRICTED = """
-- Which rule forbids reporting this class here and now? None for most cities: they have no such zones.
SELECT reason FROM cases_restrictedzone
WHERE jurisdiction = %(jurisdiction)s AND (categories = '{}' OR %(category)s = ANY(categories))
    AND (starts_at IS NULL OR starts_at <= %(now)s) AND (ends_at IS NULL OR ends_at > %(now)s)
    AND (daily_from IS NULL OR daily_to IS NULL OR CASE WHEN daily_from <= daily_to
        THEN %(local)s::time >= daily_from AND %(local)s::time < daily_to
        ELSE %(local)s::time >= daily_from OR %(local)s::time < daily_to END)
    AND (area IS NULL OR ST_Covers(area, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490)))
ORDER BY id LIMIT 1
"""
