"""A jurisdiction classifies by a scheme that exists, has settings that are an object, and a clock that can be read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organisation", "0003_jurisdictions_mended")]
    operations = [
        migrations.AddConstraint(
            model_name="jurisdiction",
            constraint=models.CheckConstraint(
                condition=models.Q(("clock_speed__lte", 100_000)),
                name="jurisdiction_clock_speed_bounded",
                violation_error_message="A clock runs at most 100,000 times as fast as the machine's.",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE organisation_jurisdiction ADD CONSTRAINT jurisdiction_settings_are_an_object"
            " CHECK (jsonb_typeof(settings) = 'object')",
            "ALTER TABLE organisation_jurisdiction DROP CONSTRAINT jurisdiction_settings_are_an_object",
        ),
        migrations.RunSQL(
            "ALTER TABLE organisation_jurisdiction ADD CONSTRAINT jurisdiction_scheme_exists"
            " FOREIGN KEY (scheme) REFERENCES standards_scheme (code)",
            "ALTER TABLE organisation_jurisdiction DROP CONSTRAINT jurisdiction_scheme_exists",
        ),
    ]
