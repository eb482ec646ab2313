from django.db import migrations

from cityloop.kernel.versions import watch

NEVER_CHANGED = """
CREATE FUNCTION cases_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are appended, never changed';
END $$;
CREATE TRIGGER cases_caseevent_never_changed BEFORE UPDATE OR DELETE ON cases_caseevent
FOR EACH ROW EXECUTE FUNCTION cases_never_changed();
"""

NEAR = """
CREATE INDEX case_open_near ON cases_case USING gist (category, location)
WHERE kind IN ('waiting', 'working', 'paused') AND location IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("kernel", "0001_config_version")]
    operations = [
        migrations.RunSQL(
            NEVER_CHANGED,
            "DROP TRIGGER cases_caseevent_never_changed ON cases_caseevent; DROP FUNCTION cases_never_changed()",
        ),
        migrations.RunSQL(NEAR, "DROP INDEX case_open_near"),
        watch("cases_looptable"),
        watch("cases_restrictedzone"),
    ]
