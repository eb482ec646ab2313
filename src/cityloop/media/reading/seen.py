"""What the decoders answer, and how they refuse."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from cityloop.kernel.errors import Fault, InvalidInput, TooLarge
from cityloop.kernel.translation import _
from cityloop.media.choices import Kind, Variant
from cityloop.media.rules.formats import LIMITS, MB, Format
from cityloop.media.rules.origin import Origin


@dataclass(frozen=True, slots=True)
class Seen:
    """What is in a file.

    Args:
        width: Pixels as it is shown, after rotation; 0 for sound. ``height`` likewise.
        seconds: Running time; 0 for a photo.
        looks: What ``rules.looks`` says of a photo; None where it says nothing.
    """

    format: Format
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    origin: Origin = field(default_factory=Origin)
    looks: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """One copy that was written: to ``path``, of media type ``type``; pixels are 0 for sound."""

    variant: Variant
    path: Path
    type: str
    width: int = 0
    height: int = 0


def refusal(message: str, why: str, value: str = "") -> InvalidInput:
    return InvalidInput(message, faults=[Fault("file", why, value)])


def not_taken(head: bytes, kinds: Collection[Kind]) -> InvalidInput:
    """Return the refusal of a file of none of ``kinds``: it names those alone, and no others that are not asked for."""
    if not head:
        return refusal(_("The file is empty. Choose another, or record it again."), _("is empty"))
    if set(kinds) == {Kind.PHOTO}:
        return refusal(
            _("This is no photo that is taken here, whatever its name says. Send JPEG, PNG, WebP or HEIC."),
            _("is no photo"),
            head[:8].hex(" "),
        )
    return refusal(
        _(
            "This is no photo, video or sound recording that is taken here, whatever its name says."
            " Send JPEG, PNG, WebP, HEIC, MP4, MOV, M4A, AAC, MP3, WAV or AMR."
        ),
        _("is of no format that is taken"),
        head[:8].hex(" "),
    )


def damaged(found: Format) -> InvalidInput:
    words = (
        _(
            "The file begins as %(format)s but cannot be read to its end: it is damaged or was cut short."
            " Send it again, or take another photo."
        )
        if found.kind == Kind.PHOTO
        else _(
            "The file begins as %(format)s but cannot be read to its end: it is damaged or was cut short."
            " Send it again, or record another."
        )
    )
    return refusal(
        words % {"format": found.code.upper()},
        _("is damaged or cut short"),
        found.code,
    )


def refuse_size(found: Format, size: int) -> None:
    """Refuse a file of more bytes than its kind may have.

    Raises:
        TooLarge: It has.
    """
    most = LIMITS[found.kind].bytes
    if size > most:
        raise TooLarge(
            _("%(kind)s: the file has %(size).1f MB; at most %(most)d MB are taken. Send a smaller one.")
            % {"kind": found.kind.label, "size": size / MB, "most": most // MB},
            faults=[Fault("file", _("is too large"), str(size))],
        )


def refuse_pixels(found: Format, width: int, height: int) -> None:
    """Refuse a picture by the measures in its header, before it is decoded: a few kilobytes can claim gigabytes.

    Raises:
        InvalidInput: It is too wide, too high, has too many pixels, or none.
    """
    limits = LIMITS[found.kind]
    if min(width, height) < 1 or max(width, height) > limits.side_px or width * height > limits.pixels:
        raise refusal(
            _(
                "The picture measures %(width)d × %(height)d pixels; at most %(side)d along a side and %(most)d million in all are taken."
                " Send a smaller one."
            )
            % {"width": width, "height": height, "side": limits.side_px, "most": limits.pixels // 1_000_000},
            _("has too many pixels, or none"),
            f"{width} × {height}",
        )


def refuse_length(found: Format, seconds: float) -> None:
    """Refuse what runs too long.

    Raises:
        InvalidInput: It does.
    """
    most = LIMITS[found.kind].seconds
    if seconds > most:
        raise refusal(
            _("The recording runs %(seconds).0f seconds; at most %(most).0f are taken. Send a shorter one.")
            % {"seconds": seconds, "most": most},
            _("runs too long"),
            f"{seconds:.0f}",
        )
