"""The statements that keep the ledgers, as functions of the database: triggers of the rooms' tables call them.

Numbers here agree with ``rules.places`` and ``rules.counts``; tests hold the two against each other.
"""

from typing import Final

from cityloop.onemap.rules.counts import FINEST
from cityloop.onemap.rules.places import FAR, MOST_NEAR, NEAR, NEAR_PLACES, WIDE_PLACES, WORLD
from cityloop.onemap.rules.tiles import EDGE_M

NEAR_M: Final = 2 * EDGE_M / (1 << NEAR)
FAR_M: Final = 2 * EDGE_M / (1 << FAR)
CELL_M: Final = 2 * EDGE_M / (1 << FINEST)

# The same as ``rules.places.quad``.
QUAD = """
CREATE FUNCTION onemap_quad(x bigint, y bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    x := (x | (x << 16)) & 281470681808895;
    x := (x | (x << 8)) & 71777214294589695;
    x := (x | (x << 4)) & 1085102592571150095;
    x := (x | (x << 2)) & 3689348814741910323;
    x := (x | (x << 1)) & 6148914691236517205;
    y := (y | (y << 16)) & 281470681808895;
    y := (y | (y << 8)) & 71777214294589695;
    y := (y | (y << 4)) & 1085102592571150095;
    y := (y | (y << 2)) & 3689348814741910323;
    y := (y | (y << 1)) & 6148914691236517205;
    RETURN x | (y << 1);
END $$;
"""

# Column (or row) of the square of ``edge_m`` metres that is ``metres`` from the world's western (northern) edge.
SQUARE = """
CREATE FUNCTION onemap_square(metres float8, edge_m float8, deep int) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(greatest(floor(metres / edge_m), 0), (1 << deep) - 1)::bigint
$$;
"""

# A shape may be drawn in a tile beside its own, up to the tile's margin: it is noted as far as that reaches, an eighth of a far square
# (a tile of zoom 3) and a quarter of a near one (zoom 10). TG_ARGV: name of the source, expression of the shape in EPSG:3857 of a
# row ``r``, or '' where a row has no place.
NOTE_CHANGE = f"""
CREATE FUNCTION onemap_note_change() RETURNS trigger LANGUAGE plpgsql AS $f$
DECLARE
    rows text := CASE TG_OP WHEN 'INSERT' THEN 'SELECT * FROM come' WHEN 'DELETE' THEN 'SELECT * FROM gone'
        ELSE 'SELECT * FROM come UNION ALL SELECT * FROM gone' END;
    any_row boolean;
BEGIN
    IF TG_ARGV[1] = '' THEN
        EXECUTE format('SELECT EXISTS (%s)', rows) INTO any_row;
        IF any_row THEN
            INSERT INTO onemap_change (source, place, stamp, is_settled)
            VALUES (TG_ARGV[0], {WORLD}, hashint8extended(nextval('onemap_stamp'), 0), false);
        END IF;
        RETURN NULL;
    END IF;
    EXECUTE format($q$
        INSERT INTO onemap_change (source, place, stamp, is_settled)
        SELECT %L, place, hashint8extended(nextval('onemap_stamp'), 0), false FROM (
            WITH boxes AS MATERIALIZED (
                SELECT DISTINCT
                    onemap_square(ST_XMin(g) + {EDGE_M} - {NEAR_M / 4}, {NEAR_M}, {NEAR}) AS near_west,
                    onemap_square(ST_XMax(g) + {EDGE_M} + {NEAR_M / 4}, {NEAR_M}, {NEAR}) AS near_east,
                    onemap_square({EDGE_M} - ST_YMax(g) - {NEAR_M / 4}, {NEAR_M}, {NEAR}) AS near_north,
                    onemap_square({EDGE_M} - ST_YMin(g) + {NEAR_M / 4}, {NEAR_M}, {NEAR}) AS near_south,
                    onemap_square(ST_XMin(g) + {EDGE_M} - {FAR_M / 8}, {FAR_M}, {FAR}) AS far_west,
                    onemap_square(ST_XMax(g) + {EDGE_M} + {FAR_M / 8}, {FAR_M}, {FAR}) AS far_east,
                    onemap_square({EDGE_M} - ST_YMax(g) - {FAR_M / 8}, {FAR_M}, {FAR}) AS far_north,
                    onemap_square({EDGE_M} - ST_YMin(g) + {FAR_M / 8}, {FAR_M}, {FAR}) AS far_south
                FROM (SELECT %s AS g FROM (%s) AS r) AS shapes WHERE g IS NOT NULL AND NOT ST_IsEmpty(g)
            ), sized AS (
                SELECT *, (near_east - near_west + 1) * (near_south - near_north + 1) > {MOST_NEAR} AS is_wide FROM boxes
            )
            SELECT {NEAR_PLACES} + onemap_quad(x, y) AS place
            FROM sized, generate_series(near_west, near_east) AS x, generate_series(near_north, near_south) AS y WHERE NOT is_wide
            UNION
            SELECT base + onemap_quad(x, y)
            FROM sized, generate_series(far_west, far_east) AS x, generate_series(far_north, far_south) AS y,
                (VALUES (0::bigint, false), ({WIDE_PLACES}, true)) AS kind (base, of_wide)
            WHERE is_wide OR NOT of_wide
        ) AS places
    $q$, TG_ARGV[0], TG_ARGV[1], rows);
    RETURN NULL;
END $f$;
"""

# What ``rows`` (a statement that gives ``sign`` and the columns of the table) adds to and takes from the counts. What an UPDATE
# leaves where and when it was adds up to nothing and is not written.
COUNT_STATEMENT = f"""
CREATE FUNCTION onemap_count_statement(layer text, shape text, since text, until text, rows text) RETURNS text
LANGUAGE sql IMMUTABLE AS $f$
SELECT format($q$
    INSERT INTO onemap_countchange (layer, jurisdiction, cell, day, n, x_cm, y_cm)
    SELECT %L, jurisdiction, onemap_quad(cell_x, cell_y), day, n, x_cm, y_cm FROM (
        SELECT jurisdiction, day, cell_x, cell_y, sum(sign) AS n, sum(sign * x_cm) AS x_cm, sum(sign * y_cm) AS y_cm FROM (
            SELECT jurisdiction, dated.day, dated.sign, onemap_square(x, {CELL_M}, {FINEST}) AS cell_x,
                onemap_square(y, {CELL_M}, {FINEST}) AS cell_y, round(x * 100)::bigint AS x_cm, round(y * 100)::bigint AS y_cm
            FROM (
                SELECT jurisdiction, sign, since, until, ST_X(middle) + {EDGE_M} AS x, {EDGE_M} - ST_Y(middle) AS y FROM (
                    SELECT r.jurisdiction, r.sign, %s AS since, %s AS until,
                        CASE GeometryType(%s) WHEN 'POINT' THEN %s ELSE ST_Centroid(%s) END AS middle
                    FROM (%s) AS r
                ) AS shaped WHERE until IS NULL OR until > since
            ) AS placed
            CROSS JOIN LATERAL (SELECT since AS day, sign UNION ALL SELECT until, -sign WHERE until IS NOT NULL) AS dated
        ) AS signed
        GROUP BY jurisdiction, day, cell_x, cell_y
    ) AS counted WHERE n <> 0 OR x_cm <> 0 OR y_cm <> 0
$q$, layer, since, until, shape, shape, shape, rows)
$f$;
"""

# TG_ARGV: name of the layer; expressions of a row ``r``: its shape in EPSG:3857, its first day, the first day on which it is no more.
NOTE_COUNT = """
CREATE FUNCTION onemap_note_count() RETURNS trigger LANGUAGE plpgsql AS $f$
DECLARE
    rows text := CASE TG_OP WHEN 'INSERT' THEN 'SELECT 1 AS sign, come.* FROM come'
        WHEN 'DELETE' THEN 'SELECT -1 AS sign, gone.* FROM gone'
        ELSE 'SELECT 1 AS sign, come.* FROM come UNION ALL SELECT -1, gone.* FROM gone' END;
BEGIN
    EXECUTE onemap_count_statement(TG_ARGV[0], TG_ARGV[1], TG_ARGV[2], TG_ARGV[3], rows);
    RETURN NULL;
END $f$;
"""

# In a statement it keeps PostgreSQL from calling in other processes: to start one takes longer than a tile may.
ALONE = """
CREATE FUNCTION onemap_alone() RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL UNSAFE AS 'SELECT true'
"""

FUNCTIONS = (
    (ALONE, "DROP FUNCTION onemap_alone()"),
    (QUAD, "DROP FUNCTION onemap_quad(bigint, bigint)"),
    (SQUARE, "DROP FUNCTION onemap_square(float8, float8, int)"),
    (NOTE_CHANGE, "DROP FUNCTION onemap_note_change()"),
    (COUNT_STATEMENT, "DROP FUNCTION onemap_count_statement(text, text, text, text, text)"),
    (NOTE_COUNT, "DROP FUNCTION onemap_note_count()"),
)
