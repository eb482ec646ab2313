from django.db import migrations

from cityloop.onemap.watching import note_changes


class Migration(migrations.Migration):
    dependencies = [("places", "0003_footpath"), ("onemap", "0001_ledgers")]
    operations = [
        *note_changes("places_road"),
        *note_changes("places_building"),
        *note_changes("places_area"),
    ]
