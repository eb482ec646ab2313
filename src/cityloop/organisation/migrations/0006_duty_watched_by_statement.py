from django.db import migrations

# Rosters come by ten thousands of turns: counting the version once a statement instead of once a row, since a row that one
# transaction changes ten thousand times is found the slower each time.
WATCH = """
DROP TRIGGER organisation_duty_watch ON organisation_duty;

CREATE FUNCTION organisation_duty_watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel_configversion (jurisdiction, version)
    SELECT jurisdiction, nextval('kernel_version') FROM (SELECT DISTINCT jurisdiction FROM changed ORDER BY 1) touched
    ON CONFLICT (jurisdiction) DO UPDATE SET version = nextval('kernel_version');
    RETURN NULL;
END $$;

CREATE TRIGGER organisation_duty_watch AFTER INSERT ON organisation_duty
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION organisation_duty_watch();
CREATE TRIGGER organisation_duty_watch_update AFTER UPDATE ON organisation_duty
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION organisation_duty_watch();
CREATE TRIGGER organisation_duty_watch_delete AFTER DELETE ON organisation_duty
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION organisation_duty_watch();
"""

UNWATCH = """
DROP TRIGGER organisation_duty_watch_delete ON organisation_duty;
DROP TRIGGER organisation_duty_watch_update ON organisation_duty;
DROP TRIGGER organisation_duty_watch ON organisation_duty;
DROP FUNCTION organisation_duty_watch();
CREATE TRIGGER organisation_duty_watch AFTER INSERT OR DELETE OR UPDATE ON organisation_duty
FOR EACH ROW EXECUTE FUNCTION kernel_count_version('jurisdiction');
"""


class Migration(migrations.Migration):
    dependencies = [("organisation", "0005_phone_that_can_be_dialled")]

    operations = [migrations.RunSQL(WATCH, UNWATCH)]
