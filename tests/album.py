"""Writes ``data/captions.png`` and ``data/album.bin`` of the demo anew; see ``script/album``."""

from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from pathlib import Path

import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw, ImageFont

import cityloop.demo
from cityloop.demo.rules.album import Photo, photo_of, photos
from cityloop.demo.rules.mix import OWN_CLASS
from cityloop.demo.rules.pictures import LINE_PX, LINES
from cityloop.standards.package import package

DATA = Path(cityloop.demo.__file__).parent / "data"
SAID = {"close": "近景", "wide": "全景", "after": "处置后", "drawn": "演示图片", OWN_CLASS: "电动自行车飞线充电"}
"""What is said of a photo; every other line is the name of a class as the standard has it."""


def captions() -> Image.Image:
    font = ImageFont.truetype(str(pylopdf_fonts_zh_cn.sans_path()), 30)
    names = {one.key: one.name_zh for one in package().categories} | SAID
    width = max(round(font.getlength(names[one])) for one in LINES) + 2
    image = Image.new("L", (width, LINE_PX * len(LINES)), 0)
    pen = ImageDraw.Draw(image)
    for number, one in enumerate(LINES):
        pen.text((1, number * LINE_PX + LINE_PX // 2), names[one], fill=255, font=font, anchor="lm")
    return image.quantize(16)


def digest(photo: Photo) -> bytes:
    with Image.open(DATA / "captions.png") as image:
        return sha256(photo_of(photo, image.convert("L"))).digest()


def main() -> None:
    captions().save(DATA / "captions.png", optimize=True)
    wanted = list(photos())
    with ProcessPoolExecutor() as others:
        (DATA / "album.bin").write_bytes(b"".join(others.map(digest, wanted, chunksize=100)))
    print(f"{len(wanted)} photos")


if __name__ == "__main__":
    main()
