from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a large table is built beside the work that goes on

    dependencies = [("cases", "0016_phrase")]

    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                fields=["master"], name="case_by_master", condition=models.Q(("master__isnull", False))
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                models.F("part_code"),
                models.OrderBy(models.F("reported_at"), descending=True),
                name="case_by_part",
                condition=models.Q(("part_code", ""), _negated=True),
            ),
        ),
    ]
