"""The background work as the real worker does it, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

import cityloop
from cityloop.media import queries
from cityloop.media.choices import State
from media import samples
from media.conftest import keep


def run_worker(folder: Path) -> str:
    """Let a worker do what waits, and end."""
    run = Path(os.environ["CITYLOOP_DATA"]) / "run"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CITYLOOP_", "DJANGO_"))}
    environment |= {
        "PYTHONPATH": str(Path(cityloop.__file__).parents[1]),  # the tree that is tried, wherever it lies
        "CITYLOOP_DATA": str(folder.parent),
        "CITYLOOP_MEDIA_URL": f"file://{folder}",
        "CITYLOOP_DATABASE_URL": f"postgresql:///{connection.settings_dict['NAME']}?host={run}&user=cityloop",
        "CITYLOOP_LANGUAGE": "en",
    }
    command = [sys.executable, "-m", "cityloop.site.cli", "procrastinate", "worker", "--one-shot"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.django_db(transaction=True)
def test_the_worker_makes_the_copies_of_what_was_kept(tmp_path: Path, folder: Path) -> None:
    photo = keep(samples.jpeg(exif=samples.exif_block()), tmp_path).file
    film = keep(samples.video(tmp_path / "v").read_bytes(), tmp_path).file
    run_worker(folder)
    for file in (photo, film):
        ready = queries.media_file(file.id)
        assert ready is not None
        assert ready.state == State.READY
        assert {*ready.variants} == {"original", "public", "large", "small"}
    assert not ProcrastinateJob.objects.filter(task_name="media.prepare").exists()
