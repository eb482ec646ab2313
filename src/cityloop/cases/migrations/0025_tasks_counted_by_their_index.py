"""An index of open tasks that holds what a desk counts takes the place of the one before, which cannot be widened."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a large table is built beside the work that goes on, and until it stands the old one serves

    dependencies = [("cases", "0024_favourite_class")]

    operations = [
        AddIndexConcurrently(
            model_name="task",
            index=models.Index(
                fields=["jurisdiction", "post", "due_at", "id"],
                include=["kind", "department_id", "person", "duty_grid", "warn_at", "double_at"],
                name="task_counted_on_desks",
                condition=models.Q(done_at=None),
            ),
        ),
        RemoveIndexConcurrently(model_name="task", name="task_open_by_post"),
    ]
