from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a large table is built beside the work that goes on

    dependencies = [("cases", "0004_evidence")]

    operations = [
        AddIndexConcurrently(
            model_name="casetext",
            index=models.Index(
                condition=models.Q(("erased_at", None), ("personal", True)), fields=["case"], name="text_to_erase"
            ),
        ),
    ]
