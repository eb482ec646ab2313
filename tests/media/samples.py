"""Real files, made here: pictures by Pillow, video and sound by PyAV. No file from elsewhere is needed."""

import io
import struct
import wave
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageDraw

GPS_PART, EXIF_PART = 0x8825, 0x8769
LON, LAT = 120.5, 30.25
SECRET = "Owner of this phone"
RED, BLUE = (220, 30, 30), (30, 30, 220)


def picture(seed: int = 1, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Return a scene of shapes: another one for each ``seed``, with enough in it to be told from others."""
    chance = np.random.default_rng(seed)
    image = Image.new("RGB", size, tuple(int(value) for value in chance.integers(0, 256, 3)))
    draw = ImageDraw.Draw(image)
    for _ in range(14):
        x, y = chance.uniform(-0.2, 1, 2) * size
        width, height = chance.uniform(0.1, 0.6, 2) * size
        draw.ellipse((x, y, x + width, y + height), fill=tuple(int(value) for value in chance.integers(0, 256, 3)))
    return image


def halves(size: tuple[int, int] = (400, 200)) -> Image.Image:
    """Return a picture that is red on its left and blue on its right half."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image


def exif_block(
    *,
    taken: str | None = "2026:07:01 10:00:00",
    offset: str | None = "+08:00",
    gps: dict[int, Any] | None = None,
    orientation: int = 1,
) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = SECRET
    exif[0x0112] = orientation
    part = exif.get_ifd(EXIF_PART)
    if taken:
        part[0x9003] = taken
    if offset:
        part[0x9011] = offset
    position = {1: "N", 2: (30.0, 15.0, 0.0), 3: "E", 4: (120.0, 30.0, 0.0)}
    exif.get_ifd(GPS_PART).update(position if gps is None else gps)
    return exif


def encoded(image: Image.Image, format: str = "JPEG", **options: Any) -> bytes:  # noqa: A002
    target = io.BytesIO()
    image.save(target, format, **options)
    return target.getvalue()


def jpeg(seed: int = 1, size: tuple[int, int] = (640, 480), quality: int = 90, **options: Any) -> bytes:
    return encoded(picture(seed, size), quality=quality, **options)


def heic(seed: int = 1, exif: Image.Exif | None = None) -> bytes:
    target = io.BytesIO()
    made = pillow_heif.from_pillow(picture(seed))
    made.save(target, quality=80, exif=exif.tobytes() if exif else None)
    return target.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """Return a PNG of a few kilobytes whose header claims these measures, its pixels all black: a decompression bomb."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = zlib.compress(bytes(min(height, 2000) * (width // 8 + 1)), 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def video(
    path: Path,
    *,
    seconds: float = 2.0,
    size: tuple[int, int] = (320, 240),
    codec: str = "libx264",
    sound: bool = False,
    frames: bool = True,
    tags: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
    rate: int = 10,
) -> Path:
    """Write an MP4 whose left half is red and whose right half is blue."""
    with av.open(str(path), "w", format="mp4", options=options or {}) as output:
        output.metadata.update(tags or {})
        pictures = output.add_stream(codec, rate=rate)
        pictures.width, pictures.height, pictures.pix_fmt = *size, "yuv420p"
        if codec == "libx265":
            pictures.options = {"x265-params": "log-level=none"}
        tone = output.add_stream("aac", rate=16000, layout="mono") if sound else None
        if frames:
            frame = av.VideoFrame.from_image(halves(size))
            for number in range(int(seconds * rate)):
                frame.pts, frame.time_base = number, Fraction(1, rate)
                output.mux(pictures.encode(frame))
            output.mux(pictures.encode(None))
        else:
            output.start_encoding()
        if tone:
            for part in tones(seconds):
                output.mux(tone.encode(part))
            output.mux(tone.encode(None))
    return path


def tones(seconds: float, rate: int = 16000) -> list[av.AudioFrame]:
    count, length = int(seconds * rate), 1024
    values = (np.sin(np.arange(count) * 2 * np.pi * 440 / rate) * 8000).astype(np.int16)
    parts = []
    for start in range(0, count, length):
        part = av.AudioFrame.from_ndarray(values[start : start + length].reshape(1, -1), format="s16", layout="mono")
        part.sample_rate = rate
        parts.append(part)
    return parts


def sound(
    path: Path, writer: str, codec: str, *, seconds: float = 1.0, rate: int = 16000, tags: dict[str, str] | None = None
) -> Path:
    with av.open(str(path), "w", format=writer) as output:
        output.metadata.update(tags or {})
        stream = output.add_stream(codec, rate=rate, layout="mono")
        for part in tones(seconds, rate):
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return path


def wav(path: Path, seconds: float = 1.0) -> Path:
    with wave.open(str(path), "wb") as output:
        output.setnchannels(1)
        output.setsampwidth(2)
        output.setframerate(16000)
        output.writeframes(bytes(int(seconds * 16000) * 2))
    return path


def turned(path: Path) -> Path:
    """Write into the video's track header that it is to be shown turned by 90° clockwise, as a phone held upright does."""
    data = bytearray(path.read_bytes())
    matrix = (
        data.index(b"tkhd") + 4 + 4 + 5 * 4 + 8 + 2 * 4
    )  # version and flags, five numbers, reserved, layer to volume
    one = 1 << 16
    data[matrix : matrix + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(bytes(data))
    return path


XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><owner>{SECRET}</owner></x:xmpmeta>'.encode()


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
