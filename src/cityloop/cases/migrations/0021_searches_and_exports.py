from django.db import migrations, models

import cityloop.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("cases", "0020_words_indexed")]

    operations = [
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", models.BigIntegerField(verbose_name="kept by")),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("query", models.CharField(max_length=4000, verbose_name="query")),
            ],
            options={
                "verbose_name": "saved search",
                "verbose_name_plural": "saved searches",
                "constraints": [models.UniqueConstraint(fields=("owner", "name"), name="saved_search_once")],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=cityloop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner", models.BigIntegerField(verbose_name="asked for by")),
                ("post", models.CharField(blank=True, max_length=80, verbose_name="post")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("query", models.CharField(max_length=4000, verbose_name="query")),
                ("asked_at", models.DateTimeField(verbose_name="asked for")),
                ("started_at", models.DateTimeField(null=True, verbose_name="begun")),
                ("rows", models.IntegerField(default=0, verbose_name="rows")),
                ("about", models.IntegerField(default=0, verbose_name="rows, about")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("failure", models.CharField(blank=True, max_length=500, verbose_name="failure")),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "indexes": [
                    models.Index(fields=["owner", "-asked_at"], name="export_by_owner"),
                    models.Index(fields=["asked_at"], name="export_by_time"),
                ],
            },
        ),
    ]
