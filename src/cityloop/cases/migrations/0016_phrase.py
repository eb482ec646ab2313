import django.contrib.postgres.fields
from django.db import migrations, models

from cityloop.cases.phrases import PHRASES


def give(apps, schema_editor):
    """Cities that are there already begin with the phrases that come with CityLoop, as new ones do."""
    cities = apps.get_model("organisation", "Jurisdiction").objects.order_by("pk").values_list("pk", flat=True)
    model = apps.get_model("cases", "Phrase")
    for code in cities:
        model.objects.bulk_create(
            [
                model(jurisdiction=code, text=text, posts=list(posts), actions=list(actions), place=n)
                for n, (text, posts, actions) in enumerate(PHRASES)
            ]
        )


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_routing"), ("organisation", "0002_guards_and_watches")]

    operations = [
        migrations.CreateModel(
            name="Phrase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction", models.CharField(max_length=6, verbose_name="jurisdiction")),
                ("person", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="person")),
                ("text", models.CharField(max_length=500, verbose_name="phrase")),
                (
                    "posts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name="posts"
                    ),
                ),
                (
                    "actions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name="actions"
                    ),
                ),
                ("place", models.IntegerField(default=100, verbose_name="order")),
            ],
            options={
                "verbose_name": "phrase",
                "verbose_name_plural": "phrases",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("jurisdiction", "person", "text"), name="phrase_once", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.RunPython(give, migrations.RunPython.noop),
    ]
