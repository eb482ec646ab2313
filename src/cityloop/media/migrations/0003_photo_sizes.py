"""Photos that were kept while a large JPEG's size was taken from its quick decoding get their own: that of their public copy."""

from django.db import migrations

SIZES = """
-- The copy without metadata is upright and has every pixel of the original.
UPDATE media_file
SET width = (variants -> 'public' ->> 'width')::integer, height = (variants -> 'public' ->> 'height')::integer
WHERE kind = 'photo' AND format = 'jpeg' AND variants ? 'public'
    AND (width, height) <> ((variants -> 'public' ->> 'width')::integer, (variants -> 'public' ->> 'height')::integer);
"""


class Migration(migrations.Migration):
    dependencies = [("media", "0002_file_erased")]
    operations = [migrations.RunSQL(SIZES, migrations.RunSQL.noop)]
