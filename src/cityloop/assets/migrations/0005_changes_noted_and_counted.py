from django.db import migrations

from cityloop.onemap.watching import count_cells, note_changes


class Migration(migrations.Migration):
    dependencies = [("assets", "0004_imports"), ("onemap", "0001_ledgers")]
    operations = [
        *note_changes("assets_part"),
        *count_cells(
            "assets_part",
            "parts",
            since="r.valid_from",
            # As ``layers.STANDS`` says it of a single part.
            until="least(r.valid_to, CASE WHEN r.state = 'removed' THEN coalesce(r.changed_on, r.valid_from) END)",
        ),
    ]
