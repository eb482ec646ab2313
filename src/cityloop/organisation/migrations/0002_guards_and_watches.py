"""What the database itself keeps true, and what counts the versions of everything cached."""

from django.db import migrations

from cityloop.kernel.versions import watch

# A department's path follows from its parent, and moves with it; a unit stays in the jurisdiction of its parent.
DEPARTMENT_PATH = """
CREATE FUNCTION organisation_department_path() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    above record;
BEGIN
    IF NEW.parent_id IS NULL THEN
        NEW.path := '/' || NEW.id || '/';
        RETURN NEW;
    END IF;
    SELECT path, jurisdiction INTO above FROM organisation_department WHERE id = NEW.parent_id FOR SHARE;
    IF above.jurisdiction IS DISTINCT FROM NEW.jurisdiction THEN
        RAISE EXCEPTION 'a unit belongs to the jurisdiction of its parent' USING ERRCODE = 'check_violation';
    END IF;
    IF above.path LIKE '%/' || NEW.id || '/%' THEN
        RAISE EXCEPTION 'a department is not part of itself' USING ERRCODE = 'check_violation';
    END IF;
    NEW.path := above.path || NEW.id || '/';
    RETURN NEW;
END $$;

CREATE TRIGGER organisation_department_path BEFORE INSERT OR UPDATE ON organisation_department
FOR EACH ROW EXECUTE FUNCTION organisation_department_path();

CREATE FUNCTION organisation_department_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Each child's own trigger writes its path anew, and so on down the tree.
    UPDATE organisation_department SET path = '' WHERE parent_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER organisation_department_move AFTER UPDATE ON organisation_department
FOR EACH ROW WHEN (OLD.path IS DISTINCT FROM NEW.path) EXECUTE FUNCTION organisation_department_move();
"""
DROP_DEPARTMENT_PATH = """
DROP TRIGGER organisation_department_move ON organisation_department;
DROP FUNCTION organisation_department_move();
DROP TRIGGER organisation_department_path ON organisation_department;
DROP FUNCTION organisation_department_path();
"""

# An appointment's department lies in the appointment's jurisdiction.
SAME_JURISDICTION = """
ALTER TABLE organisation_appointment ADD CONSTRAINT appointment_department_same_jurisdiction
FOREIGN KEY (department_id, jurisdiction) REFERENCES organisation_department (id, jurisdiction)
"""

# Every row that names a jurisdiction names one that exists.
OWNED = ("department", "appointment", "duty", "absence", "workingcalendar", "classoverride", "limitoverride")

# A changed rule is a new version; every version is kept, and a kept one never changes.
CALENDAR_VERSIONS = """
CREATE FUNCTION organisation_calendar_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := CASE
        WHEN TG_OP = 'INSERT' THEN 1
        WHEN NEW.rule IS DISTINCT FROM OLD.rule THEN OLD.version + 1
        ELSE OLD.version
    END;
    RETURN NEW;
END $$;

CREATE TRIGGER organisation_calendar_count BEFORE INSERT OR UPDATE ON organisation_workingcalendar
FOR EACH ROW EXECUTE FUNCTION organisation_calendar_count();

CREATE FUNCTION organisation_calendar_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO organisation_calendarversion (calendar_id, version, rule, made_at)
    VALUES (NEW.id, NEW.version, NEW.rule, clock_timestamp())
    ON CONFLICT (calendar_id, version) DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER organisation_calendar_keep AFTER INSERT OR UPDATE ON organisation_workingcalendar
FOR EACH ROW EXECUTE FUNCTION organisation_calendar_keep();

CREATE FUNCTION organisation_calendar_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a kept version of a calendar never changes' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER organisation_calendar_frozen BEFORE UPDATE ON organisation_calendarversion
FOR EACH ROW EXECUTE FUNCTION organisation_calendar_frozen();
"""
DROP_CALENDAR_VERSIONS = """
DROP TRIGGER organisation_calendar_frozen ON organisation_calendarversion;
DROP FUNCTION organisation_calendar_frozen();
DROP TRIGGER organisation_calendar_keep ON organisation_workingcalendar;
DROP FUNCTION organisation_calendar_keep();
DROP TRIGGER organisation_calendar_count ON organisation_workingcalendar;
DROP FUNCTION organisation_calendar_count();
"""

# Not kernel.versions.watch: a citizen who registers, a sign-in or a new password change nothing that is cached.
WATCH_USER = """
CREATE TRIGGER organisation_user_watch
AFTER UPDATE OF is_active, is_superuser, display_name, username ON organisation_user
FOR EACH ROW WHEN (
    (OLD.is_active, OLD.is_superuser, OLD.display_name, OLD.username)
    IS DISTINCT FROM (NEW.is_active, NEW.is_superuser, NEW.display_name, NEW.username)
) EXECUTE FUNCTION kernel_count_version('')
"""


def owned_by_a_jurisdiction(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"ALTER TABLE organisation_{table} ADD CONSTRAINT {table}_jurisdiction_exists"
        " FOREIGN KEY (jurisdiction) REFERENCES organisation_jurisdiction (code)",
        f"ALTER TABLE organisation_{table} DROP CONSTRAINT {table}_jurisdiction_exists",
    )


class Migration(migrations.Migration):
    dependencies = [("organisation", "0001_initial")]
    operations = [
        migrations.RunSQL(DEPARTMENT_PATH, DROP_DEPARTMENT_PATH),
        migrations.RunSQL(
            SAME_JURISDICTION,
            "ALTER TABLE organisation_appointment DROP CONSTRAINT appointment_department_same_jurisdiction",
        ),
        *(owned_by_a_jurisdiction(table) for table in OWNED),
        migrations.RunSQL(CALENDAR_VERSIONS, DROP_CALENDAR_VERSIONS),
        migrations.RunSQL(WATCH_USER, "DROP TRIGGER organisation_user_watch ON organisation_user"),
        watch("organisation_jurisdiction", jurisdiction=None),
        *(watch(f"organisation_{table}") for table in (*OWNED, "post")),
    ]
