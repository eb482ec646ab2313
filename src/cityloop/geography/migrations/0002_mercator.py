from django.db import migrations


def mercator(table, null):
    """The shape as tiles need it, made once. Degrees of CGCS2000 are taken for those of WGS 84, whose numbers they are: PROJ is
    never asked to go from the one to the other.
    """
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD COLUMN mercator geometry(MultiPolygon, 3857) {null} "
        "GENERATED ALWAYS AS (ST_Transform(ST_SetSRID(geometry, 4326), 3857)) STORED",
        f"ALTER TABLE {table} DROP COLUMN mercator",
    )


class Migration(migrations.Migration):
    dependencies = [("geography", "0001_initial")]
    operations = [mercator("geography_region", ""), mercator("geography_unitgrid", "NOT NULL")]
