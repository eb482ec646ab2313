"""A personal text knows since when its case is over, and where: so an index gives what is to be erased."""

from django.db import migrations, models

OF_A_CASE = """
-- A case that is over, or is taken up again, says so to its personal texts: closed or void by its kind, since its last act.
CREATE FUNCTION cases_tell_texts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_over boolean := NEW.kind IN ('closed', 'void');
BEGIN
    UPDATE cases_casetext
    SET over_in = CASE WHEN is_over THEN NEW.jurisdiction ELSE '' END,
        over_at = CASE WHEN is_over THEN (NEW.snapshot ->> 'at')::timestamptz END
    WHERE case_id = NEW.id AND personal AND erased_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER cases_case_made_over AFTER INSERT ON cases_case
FOR EACH ROW WHEN (NEW.kind IN ('closed', 'void')) EXECUTE FUNCTION cases_tell_texts();
CREATE TRIGGER cases_case_over AFTER UPDATE OF kind, snapshot, jurisdiction ON cases_case
FOR EACH ROW WHEN (NEW.kind IN ('closed', 'void') OR OLD.kind IN ('closed', 'void')) EXECUTE FUNCTION cases_tell_texts();
"""

OF_A_TEXT = """
-- A personal text of a case that is over already, such as one told as history, learns it when it is written.
CREATE FUNCTION cases_ask_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT jurisdiction, (snapshot ->> 'at')::timestamptz INTO NEW.over_in, NEW.over_at
    FROM cases_case WHERE id = NEW.case_id AND kind IN ('closed', 'void');
    NEW.over_in := coalesce(NEW.over_in, '');
    RETURN NEW;
END $$;
CREATE TRIGGER cases_casetext_asks BEFORE INSERT ON cases_casetext
FOR EACH ROW WHEN (NEW.personal) EXECUTE FUNCTION cases_ask_case();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_event_by_number")]

    operations = [
        migrations.AddField("casetext", "over_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField(
            "casetext",
            "over_in",
            models.CharField(blank=True, db_default="", default="", editable=False, max_length=6),
        ),
        migrations.RunSQL(
            OF_A_CASE,
            "DROP TRIGGER cases_case_over ON cases_case; DROP TRIGGER cases_case_made_over ON cases_case;"
            " DROP FUNCTION cases_tell_texts()",
        ),
        migrations.RunSQL(
            OF_A_TEXT, "DROP TRIGGER cases_casetext_asks ON cases_casetext; DROP FUNCTION cases_ask_case()"
        ),
    ]
