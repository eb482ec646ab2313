"""How many parts stand, by class, keeper, street and state: counted up by triggers once a statement, in the transaction of the change.

Only additions are written, so that two who write at once never wait for one another; ``actions.tallying`` draws them together.
"""

from django.db import migrations, models

GROUPED = """
SELECT jurisdiction, scheme, class_code, keeper, street, state, sum(sign)
FROM ({rows}) AS r WHERE valid_to IS NULL AND state <> 'removed'
GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(sign) <> 0
"""
INTO = "INSERT INTO assets_parttally (jurisdiction, scheme, class_code, keeper, street, state, parts) "
COME, GONE = "SELECT 1 AS sign, * FROM come", "SELECT -1 AS sign, * FROM gone"
EVENTS = {
    "INSERT": ("NEW TABLE AS come", COME),
    "UPDATE": ("OLD TABLE AS gone NEW TABLE AS come", f"{COME} UNION ALL {GONE}"),
    "DELETE": ("OLD TABLE AS gone", GONE),
}


def tallied(event: str) -> list[migrations.RunSQL]:
    tables, rows = EVENTS[event]
    name = f"assets_tally_{event.lower()}"
    return [
        migrations.RunSQL(
            f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $do$
            BEGIN {INTO} {GROUPED.format(rows=rows)}; RETURN NULL; END $do$
            """,
            f"DROP FUNCTION {name}()",
        ),
        migrations.RunSQL(
            f"CREATE TRIGGER assets_part_tallied_{event.lower()} AFTER {event} ON assets_part REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
            f"DROP TRIGGER assets_part_tallied_{event.lower()} ON assets_part",
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("assets", "0007_exports_of_parts")]
    operations = [
        migrations.CreateModel(
            name="PartTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction", models.CharField(max_length=6, verbose_name="jurisdiction")),
                ("scheme", models.CharField(max_length=40, verbose_name="scheme")),
                ("class_code", models.CharField(max_length=5, verbose_name="class")),
                ("keeper", models.CharField(blank=True, max_length=40, verbose_name="keeper")),
                ("street", models.CharField(blank=True, max_length=9, verbose_name="street")),
                ("state", models.CharField(max_length=9, verbose_name="state")),
                ("parts", models.BigIntegerField(verbose_name="parts")),
            ],
            options={
                "verbose_name": "tally of parts",
                "verbose_name_plural": "tallies of parts",
                "indexes": [models.Index(fields=["jurisdiction"], name="parttally_by_city")],
            },
        ),
        migrations.AddIndex(
            model_name="part", index=models.Index(fields=["jurisdiction", "valid_from"], name="part_by_begin")
        ),
        migrations.AddIndex(
            model_name="part",
            index=models.Index(
                condition=models.Q(("valid_to__isnull", False)), fields=["jurisdiction", "valid_to"], name="part_by_end"
            ),
        ),
        migrations.RunSQL(
            INTO + GROUPED.format(rows="SELECT 1 AS sign, t.* FROM assets_part t"), "DELETE FROM assets_parttally"
        ),
        *(step for event in EVENTS for step in tallied(event)),
    ]
