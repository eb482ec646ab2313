import django.db.models.deletion
from django.db import migrations, models

FROM_EVENTS = """
-- The files that events name already. Their cities stand in no event before this: they are those of the cases.
INSERT INTO cases_attachment (case_id, seq, n, kind, sha256, lies_in)
SELECT e.case_id, e.seq, row_number() OVER (PARTITION BY e.id ORDER BY given.key, one.place), one.file ->> 'kind',
    one.file ->> 'sha256', e.jurisdiction
FROM cases_caseevent AS e,
    LATERAL jsonb_each(e.body::jsonb -> 'in') AS given,
    LATERAL jsonb_array_elements(CASE jsonb_typeof(given.value) WHEN 'array' THEN given.value ELSE '[]' END)
        WITH ORDINALITY AS one (file, place)
WHERE e.body LIKE '%"sha256":%' AND jsonb_typeof(one.file) = 'object' AND one.file ? 'sha256'
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_text_to_erase")]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.IntegerField(verbose_name="event")),
                ("n", models.IntegerField(verbose_name="number in the event")),
                ("kind", models.CharField(max_length=40, verbose_name="what it is of")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("lies_in", models.CharField(max_length=6, verbose_name="kept by the city")),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "indexes": [models.Index(fields=["sha256", "lies_in"], name="attachment_by_file")],
                "constraints": [
                    models.UniqueConstraint(fields=("case", "seq", "n"), name="attachment_once_in_an_event")
                ],
            },
        ),
        migrations.RunSQL(FROM_EVENTS, migrations.RunSQL.noop),
    ]
