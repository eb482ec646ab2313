"""What each process loads: memory that four of them hold is paid four times."""

import os
import subprocess
import sys
from pathlib import Path

GENERATOR = "cityloop.demo.actions.making"
PRINTER = "typst"
CERTIFICATES = "cryptography"


def loaded(tmp_path: Path, code: str, settings: str = "cityloop.site.settings.prod") -> set[str]:
    """Return the modules that a fresh process knows after ``code``."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        env={**os.environ, "CITYLOOP_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": settings},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_the_web_knows_its_pages_before_it_divides_and_nothing_that_is_rarely_asked_for(tmp_path: Path) -> None:
    known = loaded(tmp_path, "from cityloop.site.serving import load; load('cityloop.site.wsgi:application')")
    assert {"cityloop.site.urls", "cityloop.cases.views.desk", "cityloop.demo.views"} <= known
    assert not {GENERATOR, PRINTER, CERTIFICATES} & known


def test_the_uploads_know_nothing_of_pages(tmp_path: Path) -> None:
    known = loaded(tmp_path, "from cityloop.site.serving import load; load('cityloop.site.uploads:application')")
    assert "cityloop.media.uploads" in known
    assert not {"cityloop.site.urls", GENERATOR, PRINTER, CERTIFICATES} & known


def test_the_worker_knows_all_tasks_and_neither_calls_nor_pages(tmp_path: Path) -> None:
    known = loaded(tmp_path, "import django; django.setup()", "cityloop.site.settings.worker")
    assert {"cityloop.cases.tasks", "cityloop.demo.tasks"} <= known
    assert not {"ninja", "cityloop.site.urls", GENERATOR, PRINTER, CERTIFICATES} & known


def test_the_supervisor_knows_no_room(tmp_path: Path) -> None:
    code = "from cityloop.site import cli; cli._set_up_without_rooms(); from cityloop.site import supervisor"
    assert not {"django.db.models", "cityloop.cases", "ninja", CERTIFICATES} & loaded(tmp_path, code)
