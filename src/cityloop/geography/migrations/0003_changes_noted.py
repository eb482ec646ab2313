from django.db import migrations

from cityloop.onemap.watching import note_changes


class Migration(migrations.Migration):
    dependencies = [("geography", "0002_mercator"), ("onemap", "0001_ledgers")]
    operations = [
        *note_changes("geography_region"),
        *note_changes("geography_unitgrid"),
        # What has no shape of its own may change how any grid is drawn.
        *note_changes("geography_dutygrid", shape=""),
        *note_changes("geography_dutygridmember", shape=""),
    ]
