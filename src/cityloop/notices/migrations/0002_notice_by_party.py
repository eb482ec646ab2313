from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a large table is built beside the work that goes on

    dependencies = [("notices", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="notice",
            index=models.Index(
                models.F("jurisdiction"),
                models.F("post"),
                models.F("department_id"),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("person__isnull", True)),
                name="notice_by_party",
            ),
        ),
        RemoveIndexConcurrently(model_name="notice", name="notice_by_post"),
    ]
