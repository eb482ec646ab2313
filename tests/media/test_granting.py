"""A grant for one upload of an account, on the real upload process."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core import signing
from django.test import override_settings

from cast import CITY, OTHER_CITY, Cast
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import InvalidInput, NotSignedIn, TooLarge, TooMany
from cityloop.media import actions, queries
from cityloop.media import models as media
from cityloop.media.granting import ACCOUNT, GRANT_HOLDS, SALT, Grant, grant_own
from cityloop.media.rules.formats import MOST_BYTES
from cityloop.media.uploads import MOST_OPEN
from media import samples
from media.test_uploads import SECRET_KEY, Phone, Server, cast, phone_of, server, until  # noqa: F401 # fixtures

pytestmark = pytest.mark.xdist_group("uploads")


@pytest.fixture(autouse=True)
def one_secret() -> Iterator[None]:
    """Grants are given by a web process and read by the upload process: both know the installation's secret."""
    with override_settings(SECRET_KEY=SECRET_KEY):
        yield


@pytest.fixture
def holder(server: Server, cast: Cast) -> Callable[..., Phone]:  # noqa: F811
    """Give the browser of an acceptor, with a grant for one file."""

    def browser(size: int, who: str = "acceptor") -> Phone:
        made = Phone(server, "")
        made.headers["Authorization"] = f"Grant {grant_own(cast[who], CITY, size, now=machine_now())}"
        return made

    return browser


@pytest.mark.parametrize("kind", ["photo", "sound"])
def test_a_file_that_broke_off_goes_on_and_belongs_to_the_account(
    holder: Callable[..., Phone],
    cast: Cast,  # noqa: F811
    tmp_path: Path,
    kind: str,
) -> None:
    file = samples.jpeg(size=(800, 600)) if kind == "photo" else samples.wav(tmp_path / "sound.wav").read_bytes()
    browser, half = holder(len(file)), len(file) // 2
    location = browser.begin(len(file))
    with browser.breaks_off(location, file[:half], 0, len(file)):
        until(lambda: browser.server.bytes_of(location).stat().st_size > 0)
    until(lambda: browser.offset(location) == half)
    assert browser.begin(len(file)) == location, "whoever has missed that it began finds it again"
    sha256 = hashlib.sha256(file).hexdigest()
    assert browser.send(location, file[half:], half)["media-receipt"] == sha256
    assert browser.ask("HEAD", location)["media-receipt"] == sha256
    assert [one.kind for one in queries.usable([sha256], cast["acceptor"], [CITY])] == [kind]
    assert not queries.usable([sha256], cast["dispatcher"], [CITY]), "whoever else reads the digest has no file by it"


def test_a_grant_opens_no_other_upload_of_its_account(
    holder: Callable[..., Phone],
    phone_of: Callable[..., Phone],  # noqa: F811
) -> None:
    file = samples.jpeg(size=(800, 600))
    one, other = holder(len(file)), holder(len(file))
    own = phone_of("acceptor").begin(len(file))
    location = one.begin(len(file))
    other.begin(len(file))
    for foreign in (own, location):
        assert other.ask("HEAD", foreign).status == 404
        assert other.send(foreign, file, 0).status == 404
    assert one.ask("GET").body.count(b'"url"') == 1
    one.ask("POST", Upload_Length=str(len(file) + 1)).problem(422, "invalid")
    one.ask("DELETE", location).problem(403, "not_allowed")


def test_uploads_by_leave_count_among_those_of_the_account(holder: Callable[..., Phone]) -> None:
    for _one in range(MOST_OPEN):
        holder(1000, "dispatcher").begin(1000)
    holder(1000, "dispatcher").ask("POST", Upload_Length="1000").problem(429, "too_many")
    assert holder(1000).ask("POST", Upload_Length="1000").status == 201


def test_leave_of_no_room_is_none(holder: Callable[..., Phone], cast: Cast) -> None:  # noqa: F811
    browser = holder(10)
    told = [uuid4().hex, CITY, 10, cast["acceptor"]]
    for text in (
        "nothing",
        str(Grant("elsewhere", *told)),  # type: ignore[arg-type] # a list of the four
        signing.dumps([ACCOUNT, *told], salt=f"{SALT}.other"),
        signing.dumps(told, salt=SALT),
    ):
        browser.headers["Authorization"] = f"Grant {text}"
        browser.ask("POST", Upload_Length="10").problem(401, "not_signed_in")
    assert not media.File.objects.exists()


def test_leave_ends(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    text = str(grant_own(cast["acceptor"], CITY, 10, now=machine_now()))
    assert Grant.read(text).bytes == 10
    later = machine_now().timestamp() + (GRANT_HOLDS + timedelta(minutes=1)).total_seconds()
    monkeypatch.setattr(signing.time, "time", lambda: later)
    with pytest.raises(NotSignedIn):
        Grant.read(text)


def test_no_leave_for_what_would_be_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    for size, refused in ((0, InvalidInput), (MOST_BYTES + 1, TooLarge)):
        with pytest.raises(refused):
            grant_own(cast["acceptor"], OTHER_CITY, size, now=machine_now())
    monkeypatch.setattr(actions, "MOST_A_DAY", 100)
    with pytest.raises(TooMany):
        grant_own(cast["acceptor"], CITY, 101, now=machine_now())
