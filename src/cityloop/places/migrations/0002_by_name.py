from django.db import migrations, models


def by_name(table):
    """What is called the same in a city is found by its name: a map writes it once."""
    return migrations.AddIndex(
        table,
        models.Index(
            fields=["jurisdiction", "name"], name=f"{table}_by_name", condition=models.Q(("name", ""), _negated=True)
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]
    operations = [by_name("building"), by_name("area")]
