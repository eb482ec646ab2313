from django.db import migrations, models

COUNT_VERSION = """
CREATE FUNCTION kernel_count_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
    code text := CASE WHEN TG_ARGV[0] = '' THEN '' ELSE coalesce(changed ->> TG_ARGV[0], '') END;
BEGIN
    -- From a sequence: a number that was rolled back must not come again with other content behind it, since a
    -- process may have cached what it saw inside the transaction that was rolled back.
    INSERT INTO kernel_configversion (jurisdiction, version) VALUES (code, nextval('kernel_version'))
    ON CONFLICT (jurisdiction) DO UPDATE SET version = nextval('kernel_version');
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="ConfigVersion",
            fields=[
                ("jurisdiction", models.CharField(max_length=6, primary_key=True, serialize=False)),
                ("version", models.BigIntegerField(default=0)),
            ],
            options={"db_table": "kernel_configversion", "verbose_name": "configuration version"},
        ),
        migrations.RunSQL("CREATE SEQUENCE kernel_version", "DROP SEQUENCE kernel_version"),
        migrations.RunSQL(COUNT_VERSION, "DROP FUNCTION kernel_count_version()"),
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS postgis", migrations.RunSQL.noop),
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS btree_gist", migrations.RunSQL.noop),
    ]
