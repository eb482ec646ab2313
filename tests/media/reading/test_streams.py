"""Video and sound as phones send them, and as nobody should."""

from datetime import UTC, datetime
from pathlib import Path

import av
import pytest
from PIL import Image

from cityloop.kernel.errors import InvalidInput
from cityloop.media import reading
from cityloop.media.choices import Kind
from media import samples

NOW = datetime(2026, 7, 2, tzinfo=UTC)
TAGS = {"location": "+30.2500+120.5000/", "creation_time": "2026-07-01T02:00:00Z", "title": samples.SECRET}


def copies(path: Path, folder: Path) -> dict[str, reading.Made]:
    seen = reading.look(path, now=NOW)
    return {made.variant: made for made in reading.copies(path, seen.format.code, folder)}


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "made").mkdir()
    return tmp_path / "made"


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_video_tells_what_is_in_it(codec: str, tmp_path: Path) -> None:
    seen = reading.look(samples.video(tmp_path / "v", codec=codec, sound=True, tags=TAGS), now=NOW)
    assert (seen.format.kind, seen.width, seen.height) == (Kind.VIDEO, 320, 240)
    assert seen.seconds == pytest.approx(2.0, abs=0.2)
    assert (seen.origin.lon, seen.origin.lat) == (samples.LON, samples.LAT)
    assert seen.origin.taken == datetime(2026, 7, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_the_public_copy_of_a_video_plays_and_carries_no_metadata(codec: str, tmp_path: Path, target: Path) -> None:
    path = samples.video(tmp_path / "v", codec=codec, sound=True, tags=TAGS)
    assert samples.SECRET.encode() in path.read_bytes()
    assert b"loci" in path.read_bytes(), "where FFmpeg writes a position"
    made = copies(path, target)["public"]
    written = made.path.read_bytes()
    assert made.type == "video/mp4"
    assert samples.SECRET.encode() not in written
    assert b"loci" not in written
    assert written.index(b"moov") < written.index(b"mdat"), "a player must not wait for the end"
    with av.open(str(made.path)) as container:
        assert not {*container.metadata} & {"location", "title", "creation_time", "encoder"}
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        assert sum(1 for _frame in container.decode(video=0)) == 20


def test_a_still_shows_the_video_as_it_is_held(tmp_path: Path, target: Path) -> None:
    """Red is on the left of each frame; turned clockwise it comes to lie on top."""
    path = samples.turned(samples.video(tmp_path / "v", size=(320, 160)))
    seen = reading.look(path, now=NOW)
    assert (seen.width, seen.height) == (160, 320)
    made = copies(path, target)
    with Image.open(made["large"].path) as image:
        assert image.size == (160, 320)
        assert image.getpixel((80, 40))[0] > 150 > image.getpixel((80, 40))[2]
        assert image.getpixel((80, 280))[2] > 150 > image.getpixel((80, 280))[0]
    with av.open(str(made["public"].path)) as container:
        assert next(container.decode(video=0)).rotation % 180 == 90, "a player turns the copy too"


@pytest.mark.parametrize(
    ("name", "writer", "codec", "rate", "shown"),
    [
        ("m4a", "ipod", "aac", 16000, "audio/mp4"),
        ("aac", "adts", "aac", 16000, "audio/aac"),
        ("mp3", "mp3", "libmp3lame", 16000, "audio/mpeg"),
        ("wav", "wav", "pcm_s16le", 16000, "audio/wav"),
        ("amr", "amr", "libopencore_amrnb", 8000, "audio/mp4"),
    ],
)
def test_a_sound_recording_is_taken_and_its_tags_are_not_shown(
    name: str, writer: str, codec: str, rate: int, shown: str, tmp_path: Path, target: Path
) -> None:
    path = samples.sound(tmp_path / "s", writer, codec, rate=rate, tags={"title": samples.SECRET})
    seen = reading.look(path, now=NOW)
    assert (seen.format.code, seen.format.kind, seen.width) == (name, Kind.SOUND, 0)
    assert seen.seconds == pytest.approx(1.0, abs=0.15)
    [made] = copies(path, target).values()
    assert made.type == shown
    assert samples.SECRET.encode() not in made.path.read_bytes()
    with av.open(str(made.path)) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) / rate == pytest.approx(1.0, abs=0.2)


def test_a_video_file_with_sound_alone_is_a_sound_recording(tmp_path: Path) -> None:
    seen = reading.look(samples.sound(tmp_path / "s", "mp4", "aac"), now=NOW)
    assert (seen.format.code, seen.format.kind) == ("m4a", Kind.SOUND)


def test_a_video_without_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no picture and no sound"):
        reading.look(samples.video(tmp_path / "v", frames=False), now=NOW)


def test_a_video_that_runs_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="200 seconds; at most 180"):
        reading.look(samples.video(tmp_path / "v", seconds=200, rate=1), now=NOW)


def test_a_video_with_too_many_pixels_is_refused(tmp_path: Path) -> None:
    path = samples.video(tmp_path / "v", seconds=0.2, size=(5000, 64))
    with pytest.raises(InvalidInput, match="5000 × 64 pixels"):
        reading.look(path, now=NOW)


def test_a_codec_that_no_browser_plays_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="mpeg4"):
        reading.look(samples.video(tmp_path / "v", codec="mpeg4"), now=NOW)


@pytest.mark.parametrize("share", [0.9, 0.5, 0.05])
@pytest.mark.parametrize("options", [{}, {"movflags": "+faststart"}], ids=["index last", "index first"])
def test_a_video_that_was_cut_short_is_refused(share: float, options: dict[str, str], tmp_path: Path) -> None:
    path = samples.video(tmp_path / "v", seconds=6, options=options, sound=True)
    reading.look(path, now=NOW)
    with pytest.raises(InvalidInput, match=r"damaged .* or record another\."):
        reading.look(cut(path, share), now=NOW)


def test_a_wav_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"damaged .* or record another\."):
        reading.look(cut(samples.wav(tmp_path / "s"), 0.5), now=NOW)


@pytest.mark.parametrize(
    "head",
    [b"\x00\x00\x00\x18ftypisom", b"ID3\x04\x00\x00", b"#!AMR\n", b"RIFF\x10\x00\x00\x00WAVE", b"\xff\xf1\x50\x80"],
)
def test_letters_that_begin_as_a_recording_are_refused(head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "lie"
    path.write_bytes(head + b"all of this is text, nothing else. " * 40)
    with pytest.raises(InvalidInput):
        reading.look(path, now=NOW)
