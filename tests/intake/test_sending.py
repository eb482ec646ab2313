"""Photos of the public page in pieces: a grant for each upload, on the real upload process, hurt as a phone's network is."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from django.test import Client, override_settings

from cast import CITY, Cast, committed_cast  # noqa: F401 # a fixture
from cityloop.intake.actions import defence, public
from cityloop.intake.actions.sending import PUBLIC, grant_upload
from cityloop.intake.queries.public import SALT, public_page
from cityloop.intake.rules.defence import PHOTO_BYTES, PHOTOS
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import NotSignedIn, TooLarge
from cityloop.kernel.hiding import hidden, revealed
from cityloop.media import models as media
from cityloop.media.granting import GRANT_HOLDS, Grant
from cityloop.media.queries import NOBODY
from cityloop.media.rules.tus import HOURS
from media import samples
from media.test_uploads import SECRET_KEY, Phone, Server, cast, server, until  # noqa: F401 # fixtures

pytestmark = pytest.mark.xdist_group("uploads")


@pytest.fixture(autouse=True)
def one_secret() -> Iterator[None]:
    """Grants are given by a web process and read by the upload process: both know the installation's secret."""
    with override_settings(SECRET_KEY=SECRET_KEY):
        yield


@pytest.fixture
def photo() -> bytes:
    return samples.jpeg(size=(2000, 1500), quality=90)


@pytest.fixture
def stranger(server: Server, cast: Cast, photo: bytes) -> Callable[..., Phone]:  # noqa: F811
    """Give the phone of somebody without an account, with a grant for one photo."""

    def phone(size: int = len(photo), owner: int = NOBODY) -> Phone:
        made = Phone(server, "")
        made.headers["Authorization"] = f"Grant {Grant(PUBLIC, uuid4().hex, CITY, size, owner)}"
        return made

    return phone


def test_a_photo_that_broke_off_goes_on_and_its_receipt_ties_it_to_a_report(
    stranger: Callable[..., Phone], photo: bytes
) -> None:
    phone, half = stranger(), len(photo) // 2
    location = phone.begin(len(photo))
    with phone.breaks_off(location, photo[:half], 0, len(photo)):
        until(lambda: phone.server.bytes_of(location).stat().st_size > 0)
    until(lambda: phone.offset(location) == half)
    assert phone.begin(len(photo)) == location, "whoever has missed that it began finds it again"
    answer = phone.send(location, photo[half:], half)
    assert answer.status == 204
    sha256 = hashlib.sha256(photo).hexdigest()
    for told in (answer, phone.ask("HEAD", location)):
        assert revealed(told["media-receipt"], salt=f"{SALT}.photo", max_age_s=60) == [CITY, sha256, NOBODY]
    assert public._photos([answer["media-receipt"]], None) == [(CITY, sha256)]
    assert media.Keeping.objects.get(file__sha256=sha256).owner_id == NOBODY
    assert public.sweep_photos(machine_now() + timedelta(minutes=5)) == 0
    assert public.sweep_photos(machine_now() + timedelta(days=1)) == 1, "no report came for it"


def test_leave_is_good_for_one_photo_of_the_length_that_was_counted(
    stranger: Callable[..., Phone], photo: bytes
) -> None:
    phone = stranger()
    phone.ask("POST", Upload_Length=str(len(photo) + 1)).problem(422, "invalid")
    location = phone.begin(len(photo))
    phone.send(location, photo, 0)
    phone.ask("DELETE", location).problem(403, "not_allowed")
    again = samples.jpeg(size=(300, 200))
    assert phone.begin(len(photo)) == location
    assert phone.send(location, again, 0).status == 409
    assert media.File.objects.count() == 1
    assert public.sweep_photos(machine_now() + timedelta(days=1)) == 1


def test_nobody_goes_on_with_the_upload_of_another(stranger: Callable[..., Phone], photo: bytes) -> None:
    mine, other = stranger(), stranger()
    location = mine.begin(len(photo))
    mine.send(location, photo[:100], 0)
    assert other.ask("HEAD", location).status == 404
    assert other.send(location, photo[100:], 100).status == 404
    assert other.ask("GET").body == b'{"uploads":[]}'
    for text in ("", "nothing", hidden(["x", CITY, 1, 0], salt=f"{SALT}.photo")):
        mine.headers["Authorization"] = f"Grant {text}"
        assert mine.ask("POST", Upload_Length="10").status == 401


def test_what_is_no_photo_is_refused_and_its_leave_is_spent(stranger: Callable[..., Phone], tmp_path: Path) -> None:
    sound = samples.wav(tmp_path / "sound.wav").read_bytes()
    phone = stranger(len(sound))
    location = phone.begin(len(sound))
    refused = phone.send(location, sound, 0)
    assert refused.status == 422
    anew = phone.ask("POST", Upload_Length=str(len(sound)))
    assert anew.status == 410
    assert orjson.loads(anew.body)["detail"] == orjson.loads(refused.body)["detail"], "it says what was wrong with it"
    assert not media.File.objects.exists()


# --- the page that grants uploads


def asked(client: Client, size: object) -> tuple[int, dict[str, str]]:
    answer = client.post(f"/report/{CITY}/photos", {"bytes": size})
    return answer.status_code, answer.json()


def test_leave_is_counted_as_a_photo_is(cast: Cast, client: Client) -> None:  # noqa: F811
    status, told = asked(client, 1000)
    assert status == 201
    assert told["to"].endswith("/uploads/")
    assert Grant.read(told["grant"]).bytes == 1000
    assert asked(client, PHOTO_BYTES + 1)[0] == 413
    for size in ("", "0", "-1", "many", "1e9", "9" * 13):
        assert asked(client, size)[0] == 422, size
    statuses = [asked(client, 1000)[0] for _more in range(PHOTOS[0].most)]
    assert statuses[-1] == 429


def test_under_attack_no_leave_is_given(cast: Cast, client: Client) -> None:  # noqa: F811
    who = defence.Asked("10.0.0.1", CITY, machine_now())
    for _refused in range(20):
        defence.note_refusal(who)
    assert asked(client, 1000)[0] == 409


def test_leave_ends(cast: Cast) -> None:  # noqa: F811
    assert timedelta(hours=HOURS) > GRANT_HOLDS, (
        "else an upload could be begun anew by the grant of one that was swept away"
    )
    text = str(Grant(PUBLIC, uuid4().hex, CITY, 10, NOBODY))
    assert str(Grant.read(text).bytes) == "10"
    later = machine_now().timestamp() + GRANT_HOLDS.total_seconds() + 60
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.time", lambda: later)
        with pytest.raises(NotSignedIn):
            Grant.read(text)
    with pytest.raises(TooLarge):
        grant_upload(public_page(CITY), PHOTO_BYTES + 1, citizen=None)
