"""The tallies of parts drawn together: what the triggers add line by line becomes one line for each class, keeper, street and state."""

from django.db import connection, transaction

MANY = 2_000
"""Lines of a city from which on it is worth the while; the rates page reads all of them."""

TO_DRAW = "SELECT jurisdiction FROM assets_parttally GROUP BY 1 HAVING count(*) > %s ORDER BY 1"

# What is committed meanwhile is not seen by this statement, and stays as it is.
DRAWN = """
WITH taken AS (DELETE FROM assets_parttally WHERE jurisdiction = %(jurisdiction)s RETURNING *)
INSERT INTO assets_parttally (jurisdiction, scheme, class_code, keeper, street, state, parts)
SELECT jurisdiction, scheme, class_code, keeper, street, state, sum(parts) FROM taken
GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(parts) <> 0
"""


def draw_together(*, many: int = MANY) -> int:
    """Draw the tallies of cities with more than ``many`` lines together; return how many lines are gone."""
    with connection.cursor() as cursor:
        cursor.execute(TO_DRAW, [many])
        cities = [code for (code,) in cursor.fetchall()]
        gone = 0
        for jurisdiction in cities:
            with transaction.atomic():
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('assets.tally'), hashtext(%s))", [jurisdiction])
                cursor.execute("SELECT count(*) FROM assets_parttally WHERE jurisdiction = %s", [jurisdiction])
                before = cursor.fetchone()[0]
                cursor.execute(DRAWN, {"jurisdiction": jurisdiction})
                gone += before - cursor.rowcount
    return gone
