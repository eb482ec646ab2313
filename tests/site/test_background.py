"""The worker as ``cityloop up`` runs it."""

import threading
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from cityloop.site import periods
from cityloop.site.options import Options
from cityloop.site.processes import Log
from cityloop.site.supervisor import Supervisor

PATIENCE_S = 20


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(Options(data=tmp_path), Log(StringIO()))


@pytest.mark.django_db(transaction=True)
def test_a_job_that_does_not_end_holds_up_no_other(supervisor: Supervisor) -> None:
    came = threading.Event()
    app.task(name="tests.waits")(lambda: came.wait(PATIENCE_S) or pytest.fail("nothing came")).defer()
    app.task(name="tests.comes")(came.set).defer()
    command = supervisor._worker_command()  # how it is run is what is asked here
    call_command("procrastinate", *command[command.index("worker") :], "--one-shot")
    assert not ProcrastinateJob.objects.filter(task_name__startswith="tests.").exists()  # what is done well is not kept


def test_what_lies_in_the_future_is_forgotten_in_the_database_that_a_file_names(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "url").write_text("postgresql://elsewhere/cityloop\n")
    monkeypatch.setenv("CITYLOOP_DATABASE_URL_FILE", str(tmp_path / "url"))
    asked: list[str] = []
    monkeypatch.setattr(periods, "forget_the_future", asked.append)
    supervisor._forget_the_future()  # it runs before each start of the worker
    assert asked == ["postgresql://elsewhere/cityloop"]
