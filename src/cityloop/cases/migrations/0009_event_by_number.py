from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a large table is built beside the work that goes on

    dependencies = [("cases", "0008_table_digest")]

    operations = [
        AddIndexConcurrently(
            model_name="caseevent",
            index=models.Index(fields=["jurisdiction", "id"], name="event_by_number"),
        ),
    ]
