"""A vector tile as a picture, for programs that show pictures alone: fills, lines and discs in the colours of the theme.

It is the tile that others get as vectors, so it shows the same rows; names are left out.
"""

import io
from collections.abc import Mapping
from typing import Any, Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

from cityloop.onemap.choices import Group, Shape, Theme
from cityloop.onemap.rules.layer import Layer
from cityloop.onemap.rules.mvt import Drawable, drawables
from cityloop.onemap.rules.palette import palette

SIDE: Final = 256
"""Points of a picture, as the tiling scheme of the web has it."""

FINER: Final = 2
"""It is drawn so many times larger and then brought down, so that edges are smooth."""

WIDTHS: Final = {"expressway": 6, "arterial": 5, "secondary": 4, "local": 3, "lane": 2}
FAINT: Final = 40
"""Of 255: how much of a border's colour its area has."""


def picture(layer: Layer, body: bytes, theme: Theme) -> bytes:
    """Return a PNG with what a tile's bytes hold of a layer; nothing is drawn where they are empty."""
    side = SIDE * FINER
    image = Image.new("RGBA", (side, side))
    colours = palette(theme)
    for name, extent, features in drawables(body):
        if name != layer.name:
            continue
        for one in sorted(features, key=_rank):
            _draw(image, layer, one, side / extent, colours)
    image = image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _rank(one: Drawable) -> int:
    """Return what is drawn late: wide roads over narrow ones."""
    return WIDTHS.get(str(one.properties.get("class")), 0)


def _draw(image: Image.Image, layer: Layer, one: Drawable, scale: float, colours: Mapping[str, str]) -> None:
    if one.form == 1 and layer.shape in {Shape.POLYGON, Shape.LINE}:
        return  # a name stands at this point
    parts = [[(x * scale, y * scale) for x, y in part] for part in one.parts]
    colour = colours[colour_of(layer, one.properties, colours)]
    draw = ImageDraw.Draw(image)
    match one.form:
        case 1:
            for part in parts:
                _disc(draw, part[0], colour, colours, one.properties.get("count"))
        case 2:
            width = FINER * WIDTHS.get(str(one.properties.get("class")), 1)
            for part in parts:
                draw.line(part, fill=colour, width=width, joint="curve")
        case _:
            _area(image, parts, colour, is_ground=layer.group is Group.GROUND)


def _area(image: Image.Image, rings: list[list[tuple[float, float]]], colour: str, *, is_ground: bool) -> None:
    """Draw rings, where a ring inside another is a hole: each turns what it covers over."""
    mask = Image.new("1", image.size)
    for ring in rings:
        if len(ring) > 2:
            piece = Image.new("1", image.size)
            ImageDraw.Draw(piece).polygon(ring, fill=1)
            mask = ImageChops.logical_xor(mask, piece)
    image.paste(_with_alpha(colour, 255 if is_ground else FAINT), mask=mask)
    if not is_ground:
        draw = ImageDraw.Draw(image)
        for ring in rings:
            draw.line(ring, fill=colour, width=FINER)


def _with_alpha(colour: str, alpha: int) -> tuple[int, int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue, alpha


def _disc(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], colour: str, colours: Mapping[str, str], count: Any
) -> None:
    many = isinstance(count, int) and count > 1
    radius = FINER * (11 if many else 4)
    x, y = at
    box = (x - radius, y - radius, x + radius, y + radius)
    draw.ellipse(box, fill=colours["disc"] if many else colour, outline=colour, width=FINER * 2)
    if many:
        told = str(count) if count < 10_000 else f"{count // 1000}k"
        draw.text(at, told, fill=colours["disc_ink"], font=ImageFont.load_default(FINER * 8), anchor="mm")


def colour_of(layer: Layer, properties: Mapping[str, Any], colours: Mapping[str, str]) -> str:
    """Return the name of the colour of a feature: of its light or its kind where there is one, else its layer's own."""
    light = f"light_{properties.get('light')}"
    if light in colours:
        return light
    kind = str(properties.get("kind", ""))
    if layer.name == "areas" and kind in colours:
        return kind
    return layer.legend[0].colour if layer.legend else "accent"
