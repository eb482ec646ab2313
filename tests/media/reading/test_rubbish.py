"""Whatever comes, it is read or refused: nothing else leaves the decoders."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityloop.kernel.errors import CityError
from cityloop.media import reading
from media import samples

NOW = datetime(2026, 7, 2, tzinfo=UTC)
HEADS = [
    b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\x00\x00\x00WEBPVP8 ", b"RIFF\x10\x00\x00\x00WAVEfmt ",
    b"\x00\x00\x00\x18ftypheic", b"\x00\x00\x00\x18ftypisom", b"\x00\x00\x00\x18ftypM4A ", b"#!AMR\n", b"ID3\x04\x00\x00", b"\xff\xf1\x50\x80",
]  # fmt: skip


def read(content: bytes) -> None:
    """Read ``content`` as far as it goes, and make its copies where it goes to the end."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "received"
        path.write_bytes(content)
        try:
            seen = reading.look(path, now=NOW)
            reading.copies(path, seen.format.code, Path(folder))
        except CityError as exc:
            assert exc.faults  # noqa: PT017 # a refusal names what is wrong


@given(head=st.sampled_from(HEADS), rest=st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_rubbish_behind_a_good_beginning(head: bytes, rest: bytes) -> None:
    read(head + rest)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    place = tmp_path_factory.mktemp("whole")
    small = (96, 64)
    return [
        samples.jpeg(size=small, exif=samples.exif_block()),
        samples.encoded(samples.picture(size=small), "PNG"),
        samples.encoded(samples.picture(size=small), "WEBP"),
        samples.heic(),
        samples.video(place / "v", seconds=0.5, size=small, sound=True).read_bytes(),
        samples.sound(place / "s", "ipod", "aac", seconds=0.3).read_bytes(),
        samples.sound(place / "m", "mp3", "libmp3lame", seconds=0.3).read_bytes(),
        samples.wav(place / "w", 0.1).read_bytes(),
    ]


@given(which=st.integers(0, 7), changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=6))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_turned_over_in_a_good_file(whole: list[bytes], which: int, changes: list[tuple[float, int]]) -> None:
    data = bytearray(whole[which])
    for place, value in changes:
        data[int(place * len(data))] = value
    read(bytes(data))
