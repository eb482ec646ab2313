import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0017_case_links")]

    operations = [
        migrations.CreateModel(
            name="CaseWords",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="cases.case",
                    ),
                ),
                ("said", models.TextField(verbose_name="words by which it is found")),
                (
                    "grams",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                ),
            ],
            options={"verbose_name": "words of a case", "verbose_name_plural": "words of cases"},
        ),
        migrations.AlterField(
            "reporterlook",
            "page",
            models.CharField(
                choices=[
                    ("case", "The case"),
                    ("timeline", "What happened to it"),
                    ("search", "Search by phone"),
                    ("call", "Earlier calls"),
                    ("export", "Export"),
                ],
                max_length=10,
                verbose_name="shown on",
            ),
        ),
    ]
