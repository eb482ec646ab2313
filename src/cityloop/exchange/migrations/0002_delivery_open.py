from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

OPEN = Q(("state__in", ["waiting", "parked", "blocked"]))


class Migration(migrations.Migration):
    atomic = False  # an index on a large table is built beside the work that goes on

    dependencies = [("exchange", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "To be sent"),
                    ("sent", "Sent"),
                    ("parked", "Parked"),
                    ("blocked", "Behind a parked one"),
                    ("withheld", "Withheld"),
                ],
                default="waiting",
                max_length=10,
                verbose_name="state",
            ),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(fields=["subscription", "state", "next_at"], name="delivery_open", condition=OPEN),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(fields=["subscription", "case", "event"], name="delivery_open_in_case", condition=OPEN),
        ),
        RemoveIndexConcurrently(model_name="delivery", name="delivery_due"),
        RemoveIndexConcurrently(model_name="delivery", name="delivery_in_order"),
    ]
