from django.contrib.postgres.indexes import GistIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False  # an index on a large table is built beside the work that goes on

    dependencies = [("cases", "0013_verified_files")]

    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=GistIndex(fields=["location", "reported_at"], name="case_by_place"),
        ),
    ]
