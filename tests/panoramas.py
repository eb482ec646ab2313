"""Drawn street view: panoramas with the points of the compass on the horizon, so that it can be seen where one looks."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SKY, ROAD = (168, 200, 226), (112, 116, 122)
COMPASS = {0: "N", 45: "NE", 90: "E", 135: "SE", 180: "S", 225: "SW", 270: "W", 315: "NW"}
COLOURS = {0: (200, 40, 40), 90: (40, 120, 60), 180: (40, 70, 170), 270: (190, 120, 20)}


def sphere(heading: float = 0.0, width: int = 2048, seed: int = 0) -> Image.Image:
    """Draw a panorama whose middle looks to ``heading``: walls in a colour for each point of the compass, with its letters."""
    image = Image.new("RGB", (width, width // 2), SKY)
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, width // 4 + width // 32, width, width // 2], fill=ROAD)
    font = ImageFont.load_default(width // 24)
    for angle, letters in COMPASS.items():
        x = ((angle - heading + 180) % 360) / 360 * width
        for shift in (-width, 0, width):
            wide = width / 24
            box = [x + shift - wide, width // 5, x + shift + wide, width // 4 + width // 32]
            draw.rectangle(box, fill=COLOURS.get(angle, (150, 150, 140)))
            draw.text((x + shift, width // 4 - width // 90), letters, fill="white", font=font, anchor="mm")
    draw.text((width // 2, width // 2 - width // 16), str(seed), fill="white", font=font, anchor="mm")
    return image


def gpano(**told: object) -> bytes:
    """Return XMP that says what a panorama is, one attribute a name."""
    given = {"ProjectionType": "equirectangular", **told}
    attributes = " ".join(f'GPano:{name}="{value}"' for name, value in given.items())
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f'xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" {attributes}/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def exif_at(lon: float, lat: float, *, heading: float | None = None, north: str = "T", taken: str = "") -> bytes:
    """Return EXIF of a picture taken at a place."""
    exif = Image.Exif()
    gps = {1: "N", 2: _parts(lat), 3: "E", 4: _parts(lon)}
    if heading is not None:
        gps |= {16: north, 17: heading}  # type: ignore[dict-item]
    exif[0x8825] = gps
    if taken:
        exif[0x8769] = {0x9003: taken}
    return exif.tobytes()


def _parts(degrees: float) -> tuple[float, float, float]:
    minutes, seconds = divmod(round(degrees * 3600, 4), 60)
    whole, minutes = divmod(minutes, 60)
    return whole, minutes, round(seconds, 4)


def jpeg(image: Image.Image, exif: bytes = b"", xmp: bytes = b"", quality: int = 70) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, exif=exif, xmp=xmp)
    return out.getvalue()


def drive(
    spots: Sequence[tuple[float, float]], heading: float, taken: str = "2026:03:01 10:20:00", width: int = 2048
) -> dict[str, bytes]:
    """Return panoramas along a way, by the names of their files; a street car's camera that says all of itself."""
    return {
        f"drive/pano_{n:04}.jpg": jpeg(
            sphere(heading, width, n),
            exif_at(lon, lat, taken=taken),
            gpano(PoseHeadingDegrees=heading, PosePitchDegrees=0, PoseRollDegrees=0),
        )
        for n, (lon, lat) in enumerate(spots, 1)
    }


def packed(files: Mapping[str, bytes], path: Path) -> Path:
    """Write a zip of these files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path
