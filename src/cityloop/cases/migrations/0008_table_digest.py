from django.db import migrations, models

NEVER_CHANGED = """
CREATE FUNCTION cases_table_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a version of a process table is never taken away';
    ELSIF (NEW.jurisdiction, NEW.version, NEW.text, NEW.digest) IS DISTINCT FROM (OLD.jurisdiction, OLD.version, OLD.text, OLD.digest) THEN
        RAISE EXCEPTION 'the text of a process table is never changed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cases_looptable_never_changed BEFORE UPDATE OR DELETE ON cases_looptable
FOR EACH ROW EXECUTE FUNCTION cases_table_never_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_one_index_for_a_case")]
    operations = [
        migrations.AddField("looptable", "digest", models.BinaryField(default=b"", max_length=32), preserve_default=False),
        migrations.RunSQL("UPDATE cases_looptable SET digest = sha256(convert_to(text, 'UTF8'))", migrations.RunSQL.noop),
        migrations.RunSQL(
            NEVER_CHANGED,
            "DROP TRIGGER cases_looptable_never_changed ON cases_looptable; DROP FUNCTION cases_table_never_changed()",
        ),
    ]
