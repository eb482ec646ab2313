"""What a picture says of itself as a panorama, in XMP, by Google's Photo Sphere namespace (GPano 1.0).

Read by patterns and not as XML: the block comes from strangers, and its names are fixed.
"""

import re
from dataclasses import dataclass
from math import isfinite
from typing import Final

NAMESPACE: Final = "GPano"
MOST_XMP = 1_000_000


@dataclass(frozen=True, slots=True)
class Pano:
    """Projection and pose.

    Args:
        projection: ``equirectangular`` or another word; "" where none is said.
        heading_deg, pitch_deg, roll_deg: Of the middle of the picture; None where they are not said.
        full: Width and height of the whole sphere's picture, in its own pixels; None where nothing is said of a cut.
        cut: Where this picture lies in it: left, top, width, height.
    """

    projection: str = ""
    heading_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None
    full: tuple[int, int] | None = None
    cut: tuple[int, int, int, int] | None = None

    @property
    def is_sphere(self) -> bool:
        return self.projection == "equirectangular"


def pano_of(xmp: bytes | str) -> Pano | None:
    """Return what a block of XMP says of a panorama; None where it says nothing of one."""
    text = xmp.decode("utf-8", "replace") if isinstance(xmp, bytes) else xmp
    if f"{NAMESPACE}:" not in text[:MOST_XMP]:
        return None
    text = text[:MOST_XMP]
    sizes = [
        _whole(text, name)
        for name in (
            "FullPanoWidthPixels", "FullPanoHeightPixels", "CroppedAreaLeftPixels", "CroppedAreaTopPixels",
            "CroppedAreaImageWidthPixels", "CroppedAreaImageHeightPixels",
        )
    ]  # fmt: skip
    full = cut = None
    if all(size is not None for size in sizes):
        wide, high, left, top, width, height = (int(size or 0) for size in sizes)
        full, cut = (wide, high), (left, top, width, height)
    return Pano(
        _value(text, "ProjectionType").lower(),
        _number(text, "PoseHeadingDegrees"),
        _number(text, "PosePitchDegrees"),
        _number(text, "PoseRollDegrees"),
        full,
        cut,
    )


def _value(text: str, name: str) -> str:
    """Return what stands under a name, as an attribute or as an element."""
    found = re.search(rf"{NAMESPACE}:{name}\s*=\s*[\"']([^\"']{{0,80}})[\"']", text)
    found = found or re.search(rf"<{NAMESPACE}:{name}[^>]{{0,80}}>([^<]{{0,80}})<", text)
    return found[1].strip() if found else ""


def _number(text: str, name: str) -> float | None:
    try:
        value = float(_value(text, name))
    except ValueError:
        return None
    return value if isfinite(value) else None


def _whole(text: str, name: str) -> int | None:
    value = _number(text, name)
    return int(value) if value is not None and 0 <= value < 1_000_000 else None
