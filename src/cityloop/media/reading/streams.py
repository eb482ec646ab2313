"""Video and sound, through PyAV (FFmpeg)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import av
from PIL import Image

from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _
from cityloop.media.choices import Kind, Variant
from cityloop.media.reading.pictures import plain, smaller
from cityloop.media.reading.seen import Made, Seen, damaged, refusal, refuse_length, refuse_pixels
from cityloop.media.rules.formats import FORMATS, HEAD_BYTES, Format, bytes_told_by_riff
from cityloop.media.rules.origin import Origin, instant_of_video, position_of_iso_6709

logger = logging.getLogger(__name__)

PICTURES = frozenset({"h264", "hevc"})
SOUNDS = frozenset(
    {"aac", "mp3", "mp3float", "amrnb", "amr_nb", "amrwb", "amr_wb", "pcm_s16le", "pcm_u8", "pcm_s24le", "pcm_f32le"}
)
STILL_AT_S = 1.0
"""The first frame is often black or a hand; a second later there is something to see."""

WRITERS = {"mp4": "mp4", "mov": "mp4", "m4a": "ipod", "aac": "adts", "mp3": "mp3", "wav": "wav"}
"""FFmpeg's muxer for the public copy of a format; AMR, which no browser plays, is written anew as AAC."""

TELLING = frozenset({"mp4", "mov", "m4a"})
"""Formats whose header tells how long they run; for the others FFmpeg guesses from the first frames."""

LEAST_SHARE = 0.9
"""Share of the time told by the header that must be there: streams of one file seldom end together."""

PLACES = ("location", "com.apple.quicktime.location.ISO6709", "location-eng")


@dataclass(slots=True)
class Counted:
    """What was found of one stream by reading it to its end."""

    packets: int = 0
    ends_at_s: float = 0.0


def look(path: Path, found: Format, *, now: datetime) -> Seen:
    """Read the recording at ``path`` to its end, decode its first frame, and return what is in it.

    A video file without a video stream but with sound is a sound recording: phones write such.

    Raises:
        InvalidInput: It has no frames, too many pixels, runs too long, is of a codec that is not taken, or is damaged.
    """
    with _opened(path, found) as container:
        video = next(iter(container.streams.video), None) if found.kind == Kind.VIDEO else None
        sound = next(iter(container.streams.audio), None)
        if found.kind == Kind.VIDEO and video is None and sound is not None:
            found = FORMATS["m4a"]
        main = video or sound
        if main is None:
            raise _without_frames(found)
        _refuse_codecs(found, video, sound)
        width, height = (video.codec_context.width, video.codec_context.height) if video else (0, 0)
        if video:
            refuse_pixels(found, width, height)
        if found.code == "wav" and path.stat().st_size < bytes_told_by_riff(_head(path)):
            raise damaged(found)
        told_s = float(container.duration or 0) / av.time_base
        refuse_length(found, told_s)
        counted = _read_to_its_end(container, main)
        if not counted.packets:
            raise _without_frames(found)
        if counted.packets < main.frames or (found.code in TELLING and counted.ends_at_s < told_s * LEAST_SHARE):
            raise damaged(found)
        refuse_length(found, counted.ends_at_s)
        frame = _frame_at(container, main, 0.0)
        if frame is None:
            raise _without_frames(found)
        if video and frame.rotation % 180:
            width, height = height, width
        return Seen(found, width, height, round(counted.ends_at_s, 3), _origin(container, now))


def copies(path: Path, found: Format, folder: Path) -> list[Made]:
    """Write the public copy, and for a video the pictures of one frame.

    The public copy holds one video and one sound stream of the original as they are, and nothing else: no tags, no
    tracks of positions, no covers.

    Raises:
        InvalidInput: It is damaged.
    """
    target = folder / Variant.PUBLIC
    with _opened(path, found) as container:
        if found.kind == Kind.VIDEO:
            _copy_streams(container, target, found)
            still = _still(container, found)
            return [Made(Variant.PUBLIC, target, "video/mp4", *still.size), *smaller(still, folder)]
        if found.code == "amr":
            _write_as_aac(container, target)
            return [Made(Variant.PUBLIC, target, FORMATS["m4a"].type)]
        _copy_streams(container, target, found)
        return [Made(Variant.PUBLIC, target, found.type)]


@contextmanager
def _opened(path: Path, found: Format) -> Iterator[Any]:
    """Open the recording as the one format that it begins as; whatever the decoder stumbles over is damage."""
    try:
        with av.open(str(path), format=found.reader, metadata_errors="replace") as container:
            yield container
    except CityError:
        raise
    except Exception as exc:  # decoders raise whatever a broken file makes them raise
        logger.info("a file that begins as %s cannot be decoded: %s", found.code, type(exc).__name__)
        raise damaged(found) from exc


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _without_frames(found: Format) -> CityError:
    return refusal(
        _("The recording is empty: there is no picture and no sound in it. Record it again."),
        _("has no frames"),
        found.code,
    )


def _refuse_codecs(found: Format, video: Any, sound: Any) -> None:
    for stream, known in ((video, PICTURES), (sound, SOUNDS)):
        name = stream.codec_context.name if stream and stream.codec_context else "?"
        if stream and name not in known:
            raise refusal(
                _(
                    "The recording is coded as “%(codec)s”, which is not taken here."
                    " Video must be H.264 or H.265; sound AAC, MP3, AMR or uncompressed."
                )
                % {"codec": name},
                _("is of a codec that is not taken"),
                f"{found.code}: {name}",
            )


def _read_to_its_end(container: Any, stream: Any) -> Counted:
    counted = Counted()
    for packet in container.demux(stream):
        if not packet.size:
            continue
        counted.packets += 1
        if packet.pts is not None:
            end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
            counted.ends_at_s = max(counted.ends_at_s, end)
    return counted


def _frame_at(container: Any, stream: Any, at_s: float) -> Any:
    """Return the first frame at or after ``at_s``, the last before it where there is none, None where there is no frame."""
    container.seek(0)
    stream.codec_context.thread_count = 1
    last = None
    for frame in container.decode(stream):
        last = frame
        if (frame.time or 0.0) >= at_s:
            break
    return last


def _still(container: Any, found: Format) -> Image.Image:
    frame = _frame_at(container, container.streams.video[0], STILL_AT_S)
    if frame is None:
        raise _without_frames(found)
    return plain(frame.to_image().rotate(frame.rotation, expand=True))


def _copy_streams(container: Any, target: Path, found: Format) -> None:
    kept = [*container.streams.audio[:1]]
    if found.kind == Kind.VIDEO:
        kept = [
            container.streams.video[0],
            *(one for one in kept if one.codec_context.name in {"aac", "mp3", "mp3float"}),
        ]
    container.seek(0)
    options = {"fflags": "+bitexact"}  # or the muxer signs its work
    if WRITERS[found.code] in {"mp4", "ipod"}:
        options["movflags"] = "+faststart"
    if found.code == "mp3":
        options |= {"id3v2_version": "0"}
    with av.open(str(target), "w", format=WRITERS[found.code], options=options) as output:
        written = {}
        for stream in kept:
            copy = written[stream.index] = output.add_stream_from_template(stream)
            copy.metadata.clear()
            if stream.codec_context.name == "hevc":
                copy.codec_context.codec_tag = "hvc1"  # Apple's players take no other name for it
        for packet in container.demux(kept):
            if packet.dts is None or not packet.size:
                continue
            packet.stream = written[packet.stream.index]
            output.mux(packet)


def _write_as_aac(container: Any, target: Path) -> None:
    sound = container.streams.audio[0]
    container.seek(0)
    with av.open(str(target), "w", format="ipod", options={"fflags": "+bitexact", "movflags": "+faststart"}) as output:
        stream = output.add_stream("aac", rate=sound.codec_context.sample_rate, layout="mono")
        for frame in container.decode(sound):
            frame.pts = None
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def _origin(container: Any, now: datetime) -> Origin:
    tags = container.metadata
    lon, lat = next(filter(None, (position_of_iso_6709(tags[name]) for name in PLACES if name in tags)), (None, None))
    with suppress(ValueError, OverflowError):
        return Origin(lon, lat, instant_of_video(tags.get("creation_time", ""), now))
    return Origin(lon, lat)
