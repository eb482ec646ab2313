"""A photo that somebody changes in the store, past every door, is found out."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cases.conftest import PHOTOS, Desk, send
from cast import CITY, NOW
from cityloop.cases import models, tasks
from cityloop.cases.actions import verifying
from cityloop.cases.actions.verifying import verify_all, verify_changes, verify_files
from cityloop.cases.queries.anchors import evidence
from cityloop.cases.queries.originals import found_before
from cityloop.media import models as media
from cityloop.site.settings import env

Sent = Callable[[bytes], Path]


@pytest.fixture
def sent(desk: Desk, settings: Any, tmp_path: Path) -> Sent:
    """Have the collector send a file to a store of its own; no other is in it, nor in the table."""
    settings.STORAGES = settings.STORAGES | {"default": env.media_store(tmp_path.as_uri())}
    media.Keeping.objects.all().delete()
    media.File.objects.all().delete()

    def one(content: bytes) -> Path:
        digest = hashlib.sha256(content).hexdigest()
        path = tmp_path / CITY / digest[:2] / digest / "original"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        send([digest], [desk.cast["collector"]])
        return path

    return one


def told(path: Path, what: str) -> str:
    return f"file {path.parent.name} of {CITY}: original: {what}"


def report(desk: Desk, *paths: Path) -> str:
    photos = [photo | {"sha256": path.parent.name} for photo, path in zip(PHOTOS, paths, strict=True)]
    return desk.report(photos=photos).number


def words(**more: Any) -> list[str]:
    return [str(finding) for finding in verify_files(**more).findings]


def test_a_changed_photo_is_named_with_its_case(desk: Desk, sent: Sent) -> None:
    path, alone, untouched = sent(b"a cover"), sent(b"of no case"), sent(b"a lamp")
    number = report(desk, path, untouched)
    assert words() == []
    path.write_bytes(b"another")
    alone.unlink()
    assert sorted(words()) == sorted(
        [
            told(path, f"is not the one that was sent; it hangs on {number}"),
            told(alone, "is missing in the store"),
        ]
    )
    path.unlink()
    alone.write_bytes(b"of no case, longer")
    assert sorted(words()) == sorted(
        [
            told(path, f"is missing in the store; it hangs on {number}"),
            told(alone, "is not the one that was sent"),
        ]
    )
    assert words(places=[(CITY, untouched.parent.name)]) == []
    assert words(jurisdiction="990102") == []
    assert verify_files(CITY).files == 3


def test_of_many_cases_the_first_are_named(desk: Desk, sent: Sent) -> None:
    path, other = sent(b"a cover"), sent(b"a lamp")
    numbers = [report(desk, path, other) for _ in range(6)]
    path.unlink()
    assert words() == [told(path, f"is missing in the store; it hangs on {', '.join(numbers[:5])} …")]


def test_the_command_looks_at_files_when_it_is_asked_to(sent: Sent) -> None:
    path = sent(b"a cover")
    out = io.StringIO()
    call_command("verify", files=True, stdout=out)
    assert "0 events and 1 files looked at, 0 findings." in out.getvalue()
    path.unlink()
    call_command("verify", stdout=out)
    for more in ({}, {"new": True}, {"jurisdiction": CITY}):
        out = io.StringIO()
        with pytest.raises(CommandError, match="1 files looked at, 1 findings"):
            call_command("verify", files=True, stdout=out, **more)
        assert told(path, "is missing in the store") in out.getvalue()


def test_the_round_over_the_files_comes_to_each_in_time(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [sent(bytes([n]) * 10) for n in range(3)]
    paths[1].write_bytes(b"another---")
    waited: list[float] = []
    monkeypatch.setattr(verifying, "sleep", waited.append)
    monkeypatch.setattr(verifying, "PACE", 10.0)  # a file a second
    seen = []
    for files_s in (2.0, 0.0, 0.5, 3.5, 3.5):
        done = verify_changes(now=NOW, most=0, files_s=files_s)
        seen.append((done.files, len(done.findings)))
    assert seen == [(2, 1), (0, 0), (1, 0), (0, 0), (3, 1)]
    assert all(0.5 < one <= 1.0 for one in waited[:1]), "no more than some bytes a second"


def test_a_store_that_does_not_answer_is_asked_again_the_next_time(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sent(b"a cover")
    path.unlink()
    path.mkdir()  # reading it fails, as on a disk that has gone
    done = verify_changes(now=NOW, most=0, files_s=9.0)
    assert (done.files, done.findings) == (0, [])
    path.rmdir()
    assert len(verify_changes(now=NOW, most=0, files_s=9.0).findings) == 1


def test_the_worker_looks_at_files_too(sent: Sent, caplog: pytest.LogCaptureFixture) -> None:
    path = sent(b"a cover")
    path.unlink()
    tasks.verify_changes(0)
    assert told(path, "is missing in the store") in caplog.text


def test_what_was_found_of_a_file_stands_until_it_is_mended(sent: Sent) -> None:
    """A run over everything without the files must not make it forgotten."""
    path = sent(b"a cover")
    path.write_bytes(b"another")
    models.Verification.objects.create(
        at=NOW, seconds=0, whole=True, anchor=0, cases=0, events=0, findings=1, told="as it was kept before"
    )
    verify_changes(now=NOW, most=0, files_s=9.0)
    assert found_before() == {(CITY, path.parent.name)}
    assert evidence().findings == 2  # type: ignore[union-attr]
    assert len(verify_all(now=NOW).findings) == 1
    assert evidence().findings == 1  # type: ignore[union-attr]
    path.write_bytes(b"a cover")
    assert verify_all(now=NOW).findings == []
    assert evidence().findings == 0  # type: ignore[union-attr]
    assert found_before() == set()
