"""What a file is, by its first bytes, and how much of it is taken. Neither its name nor its declared type is asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from cityloop.media.choices import Kind

HEAD_BYTES = 64
"""How much of a file ``format_of`` wants to see."""

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is taken.

    Args:
        reader: Pillow's name of it for a photo, FFmpeg's name of the demuxer for everything else: no other is tried.
        type: The media type it is served as.
    """

    code: str
    kind: Kind
    type: str
    extension: str
    reader: str


FORMATS: Mapping[str, Format] = {
    one.code: one
    for one in (
        Format("jpeg", Kind.PHOTO, "image/jpeg", "jpg", "JPEG"),
        Format("png", Kind.PHOTO, "image/png", "png", "PNG"),
        Format("webp", Kind.PHOTO, "image/webp", "webp", "WEBP"),
        Format("heic", Kind.PHOTO, "image/heic", "heic", "HEIF"),
        Format("mp4", Kind.VIDEO, "video/mp4", "mp4", "mp4"),
        Format("mov", Kind.VIDEO, "video/quicktime", "mov", "mov"),
        Format("m4a", Kind.SOUND, "audio/mp4", "m4a", "mp4"),
        Format("aac", Kind.SOUND, "audio/aac", "aac", "aac"),
        Format("mp3", Kind.SOUND, "audio/mpeg", "mp3", "mp3"),
        Format("wav", Kind.SOUND, "audio/wav", "wav", "wav"),
        Format("amr", Kind.SOUND, "audio/amr", "amr", "amr"),
    )
}

HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
MP4_BRANDS = frozenset({
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso8", b"iso9", b"mp41", b"mp42", b"avc1", b"hvc1", b"M4V ", b"3gp4", b"3gp5", b"3gp6",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of one kind is taken. ``pixels`` and ``side_px`` are of one picture, ``seconds`` of running time; 0 means none."""

    bytes: int
    pixels: int = 0
    side_px: int = 0
    seconds: float = 0.0


LIMITS: Mapping[Kind, Limits] = {
    # The largest pictures that phones take unasked have 50 million pixels; decoded, that is 150 MB of memory.
    Kind.PHOTO: Limits(20 * MB, pixels=50_000_000, side_px=12_000),
    Kind.VIDEO: Limits(200 * MB, pixels=4096 * 2304, side_px=4096, seconds=180.0),
    Kind.SOUND: Limits(20 * MB, seconds=600.0),
}
MOST_BYTES = max(limits.bytes for limits in LIMITS.values())
MOST_BYTES_AT_ONCE = 20 * MB
"""What one request may carry; more comes by the resumable way."""


def format_of(head: bytes) -> Format | None:
    """Return the format that begins with ``head``; None for one that is not taken.

    Args:
        head: The first ``HEAD_BYTES`` bytes of the file, or all of a shorter one.
    """
    code = _code_of(head)
    return FORMATS[code] if code else None


def _code_of(head: bytes) -> str:
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"RIFF"):
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return _code_of_brand(head[8:12])
    if head.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return "amr"
    if head.startswith(b"ID3"):
        return "mp3"
    # A frame of MPEG audio begins with eleven bits set; the layer, two bits, is 0 only for AAC's ADTS.
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        if head[1] & 0xF6 == 0xF0:
            return "aac"
        return "mp3" if head[1] & 0x06 and head[1] & 0x18 != 0x08 else ""
    return ""


def _code_of_brand(brand: bytes) -> str:
    """Return the code for the major brand of an ISO base media file (ISO/IEC 14496-12, 4.3)."""
    if brand in HEIC_BRANDS:
        return "heic"
    if brand in MP4_BRANDS:
        return "mp4"
    return {b"qt  ": "mov", b"M4A ": "m4a"}.get(brand, "")


def bytes_told_by_riff(head: bytes) -> int:
    """Return how long a RIFF file says it is, in bytes; 0 where its writer did not know, as a recorder that was never stopped."""
    told = int.from_bytes(head[4:8], "little")
    return 0 if told in {0, 0xFFFFFFFF} else told + 8
