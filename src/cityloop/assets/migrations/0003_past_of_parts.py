from django.db import migrations

NEVER_CHANGED = """
CREATE FUNCTION assets_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'changes of parts are appended, never changed';
END $$;
CREATE TRIGGER assets_partchange_never_changed BEFORE UPDATE OR DELETE ON assets_partchange
FOR EACH ROW EXECUTE FUNCTION assets_never_changed();
"""

# The code of a unit grid begins with those of the street and the community that it lies in.
AREAS = "UPDATE assets_part SET street = left(unit_grid, 9), community = left(unit_grid, 12) WHERE unit_grid <> ''"


class Migration(migrations.Migration):
    dependencies = [("assets", "0002_registry")]
    operations = [
        migrations.RunSQL(
            NEVER_CHANGED,
            "DROP TRIGGER assets_partchange_never_changed ON assets_partchange; DROP FUNCTION assets_never_changed()",
        ),
        migrations.RunSQL(AREAS, migrations.RunSQL.noop),
    ]
