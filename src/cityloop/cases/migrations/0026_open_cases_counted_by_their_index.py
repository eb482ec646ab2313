"""An index of open cases that holds what the wall and the board count takes the place of the one before, which cannot be widened."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a large table is built beside the work that goes on, and until it stands the old one serves

    dependencies = [("cases", "0025_tasks_counted_by_their_index")]

    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                fields=["jurisdiction", "state", "due_at"],
                include=["kind", "department", "street", "source", "warn_at", "double_at", "reporter_user", "seq"],
                name="case_open_counted",
                condition=models.Q(kind__in=["paused", "waiting", "working"]),
            ),
        ),
        RemoveIndexConcurrently(model_name="case", name="case_open_by_due"),
    ]
