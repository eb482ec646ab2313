"""What a jurisdiction could be given and could not work with goes back to the default; the next migration forbids it."""

from django.db import migrations, models

MEND = """
UPDATE organisation_jurisdiction SET settings = '{}'::jsonb WHERE jsonb_typeof(settings) <> 'object';
UPDATE organisation_jurisdiction SET clock_origin = NULL, clock_real_origin = NULL, clock_speed = 1
WHERE NOT clock_speed <= 100000;
UPDATE organisation_jurisdiction SET scheme = 'gb47678_2026'
WHERE NOT EXISTS (SELECT FROM standards_scheme WHERE code = scheme);
"""


class Migration(migrations.Migration):
    dependencies = [("organisation", "0002_guards_and_watches"), ("standards", "0001_initial")]
    operations = [
        migrations.AlterField(
            model_name="jurisdiction",
            name="scheme",
            field=models.CharField(default="gb47678_2026", max_length=32, verbose_name="classification scheme"),
        ),
        migrations.RunSQL(MEND, migrations.RunSQL.noop),
    ]
