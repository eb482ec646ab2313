"""What a migration does to what is there already."""

from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection

from cityloop.media import actions, models
from media import samples
from media.conftest import keep

pytestmark = pytest.mark.django_db


def test_photos_get_their_own_size_and_nothing_else_changes(tmp_path: Path) -> None:
    turned = keep(samples.jpeg(1, size=(1600, 1200), exif=samples.exif_block(orientation=6)), tmp_path).file
    ready = keep(samples.jpeg(2, size=(1600, 1200)), tmp_path).file
    film = keep(samples.video(tmp_path / "v").read_bytes(), tmp_path).file
    waiting = keep(samples.jpeg(3), tmp_path).file
    for file in (turned, ready, film):
        actions.prepare(file.id)
    before = {row.pk: (row.width, row.height) for row in models.File.objects.all()}
    models.File.objects.filter(pk__in=[turned.id, ready.id]).update(width=200, height=150)
    with connection.cursor() as cursor:
        cursor.execute(import_module("cityloop.media.migrations.0003_photo_sizes").SIZES)
        assert cursor.rowcount == 2
    assert {row.pk: (row.width, row.height) for row in models.File.objects.all()} == before
    assert before[turned.id] == (1200, 1600)
    assert before[waiting.id] == (640, 480)
