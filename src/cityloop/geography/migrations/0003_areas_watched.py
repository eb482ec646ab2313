"""Whoever keeps names and extents of areas learns when an area changes: once for each statement, a file of areas has many rows."""

from django.db import migrations

WATCHED = ("geography_region", "geography_unitgrid")
WATCH = """
CREATE TRIGGER {table}_watch AFTER INSERT OR DELETE OR UPDATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION kernel_count_version('')
"""


class Migration(migrations.Migration):
    dependencies = [("geography", "0002_mercator"), ("kernel", "0001_config_version")]

    operations = [
        migrations.RunSQL(WATCH.format(table=table), f"DROP TRIGGER {table}_watch ON {table}") for table in WATCHED
    ]
