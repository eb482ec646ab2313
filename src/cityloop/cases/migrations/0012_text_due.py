from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a large table is built beside the work that goes on

    dependencies = [("cases", "0011_text_over_filled")]

    operations = [
        AddIndexConcurrently(
            model_name="casetext",
            index=models.Index(
                condition=models.Q(("erased_at", None), ("over_at__isnull", False), ("personal", True)),
                fields=["over_in", "over_at"],
                name="text_due",
            ),
        ),
        RemoveIndexConcurrently(model_name="casetext", name="text_to_erase"),
    ]
