from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a large table is built beside the work that goes on

    dependencies = [("cases", "0007_one_index_for_a_case")]

    operations = [
        AddIndexConcurrently(
            model_name="caseevent",
            index=models.Index(fields=["jurisdiction", "id"], name="event_by_number"),
        ),
    ]
