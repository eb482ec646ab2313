from typing import Any

from django.db import migrations


def fill(_apps: Any, _schema_editor: Any) -> None:
    """In batches, so that nobody waits for long; what is reported meanwhile has its words already.

    By the code of today, since these are words as it searches them; ``verify`` compares them ever after.
    """
    from cityloop.cases.actions.indexing import index_words

    index_words()


class Migration(migrations.Migration):
    atomic = False  # a batch is committed before the next one is begun

    dependencies = [("cases", "0018_words")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
