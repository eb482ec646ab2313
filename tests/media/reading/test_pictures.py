"""Photos as phones send them, and as nobody should."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from cityloop.kernel.errors import InvalidInput
from cityloop.media import reading
from cityloop.media.choices import Variant
from cityloop.media.reading import pictures
from cityloop.media.rules.looks import ALIKE_BITS, distance
from media import samples

NOW = datetime(2026, 7, 2, tzinfo=UTC)


def look(folder: Path, content: bytes) -> reading.Seen:
    path = folder / "received"
    path.write_bytes(content)
    return reading.look(path, now=NOW)


def copies(folder: Path, content: bytes) -> dict[str, reading.Made]:
    seen = look(folder, content)
    return {made.variant: made for made in reading.copies(folder / "received", seen.format.code, folder)}


@pytest.mark.parametrize("writer", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_known_by_its_content(writer: str, tmp_path: Path) -> None:
    seen = look(tmp_path, samples.encoded(samples.picture(size=(300, 200)), writer))
    assert (seen.format.code, seen.width, seen.height) == (writer.lower(), 300, 200)


@pytest.mark.parametrize("size", [(4000, 3000), (1920, 1080), (3000, 4000)])
def test_a_large_photo_has_its_own_measures_not_those_it_is_looked_at_in(size: tuple[int, int], tmp_path: Path) -> None:
    for orientation in (1, 6):
        content = samples.encoded(samples.picture(size=size), "JPEG", exif=samples.exif_block(orientation=orientation))
        seen = look(tmp_path, content)
        assert (seen.width, seen.height) == (size if orientation == 1 else size[::-1])


def test_where_and_when_are_read_from_exif(tmp_path: Path) -> None:
    for content in (samples.jpeg(exif=samples.exif_block()), samples.heic(exif=samples.exif_block())):
        origin = look(tmp_path, content).origin
        assert (origin.lon, origin.lat) == (samples.LON, samples.LAT)
        assert origin.taken == datetime(2026, 7, 1, 2, tzinfo=UTC)
        assert origin.taken.utcoffset() == timedelta(hours=8)


def test_exif_that_is_rubbish_costs_the_photo_nothing(tmp_path: Path) -> None:
    good = samples.jpeg(exif=samples.exif_block())
    rubbish = good.replace(b"Exif\0\0MM", b"Exif\0\0XX", 1).replace(b"Exif\0\0II", b"Exif\0\0XX", 1)
    assert rubbish != good
    seen = look(tmp_path, rubbish)
    assert (seen.width, seen.origin.lon, seen.origin.taken) == (640, None, None)


@pytest.mark.parametrize("writer", ["JPEG", "HEIC"])
def test_no_copy_carries_metadata(writer: str, tmp_path: Path) -> None:
    exif = samples.exif_block()
    profile = samples.srgb_profile()
    content = (
        samples.heic(exif=exif)
        if writer == "HEIC"
        else samples.jpeg(exif=exif, icc_profile=profile, comment=samples.SECRET, xmp=samples.XMP)
    )
    assert samples.SECRET.encode() in content
    made = copies(tmp_path, content)
    assert {*made} == {Variant.PUBLIC, Variant.LARGE, Variant.SMALL}
    for one in made.values():
        written = one.path.read_bytes()
        for trace in (
            samples.SECRET.encode(),
            b"Exif",
            b"http://ns.adobe.com",
            b"ICC_PROFILE",
            b"EXIF",
            b"XMP ",
            b"ICCP",
        ):
            assert trace not in written, (one.variant, trace)
        with Image.open(one.path) as image:
            assert not image.getexif()
            assert not {"exif", "xmp", "icc_profile", "comment"} & {*image.info}


def test_a_copy_stands_upright(tmp_path: Path) -> None:
    """Orientation 6: the camera was turned, its rows run from the top right downwards; red must come to lie on top."""
    made = copies(tmp_path, samples.encoded(samples.halves(), exif=samples.exif_block(orientation=6)))
    for one in made.values():
        with Image.open(one.path) as image:
            assert image.width * 2 == image.height
            assert (one.width, one.height) == image.size
            top, bottom = (image.convert("RGB").getpixel((image.width // 2, image.height * at // 8)) for at in (1, 7))
        assert top[0] > 150 > top[2]
        assert bottom[2] > 150 > bottom[0]


def test_the_measures_told_are_those_of_the_upright_picture(tmp_path: Path) -> None:
    seen = look(tmp_path, samples.encoded(samples.halves((400, 200)), exif=samples.exif_block(orientation=8)))
    assert (seen.width, seen.height) == (200, 400)


def test_small_pictures_are_small_and_never_larger_than_the_photo(tmp_path: Path) -> None:
    made = copies(tmp_path, samples.jpeg(size=(2000, 1000)))
    assert (made["public"].width, made["large"].width, made["small"].width) == (2000, 1280, 320)
    assert made["small"].height == 160
    assert [one.width for one in copies(tmp_path, samples.jpeg(size=(200, 100))).values()] == [200, 200, 200]


def test_what_shows_through_becomes_white(tmp_path: Path) -> None:
    made = copies(tmp_path, samples.encoded(Image.new("RGBA", (100, 100), (0, 0, 0, 0)), "PNG"))
    with Image.open(made["public"].path) as image:
        assert image.getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(samples.png_claiming(60_000, 60_000), id="a bomb of 3.6 billion pixels"),
        pytest.param(samples.png_claiming(11_000, 11_000), id="a bomb within the sides"),
        pytest.param(samples.encoded(Image.new("RGB", (20_000, 10))), id="20,000 px wide"),
        pytest.param(samples.encoded(Image.new("L", (10, 13_000)), "PNG"), id="13,000 px high"),
    ],
)
def test_too_many_pixels_are_refused_without_decoding(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(self: Image.Image) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    assert len(content) < 100_000
    with pytest.raises(InvalidInput, match="pixels") as refused:
        look(tmp_path, content)
    assert refused.value.faults[0].field == "file"
    assert "×" in refused.value.faults[0].value


@pytest.mark.parametrize("writer", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_a_photo_that_was_cut_short_is_refused(writer: str, tmp_path: Path) -> None:
    whole = samples.heic() if writer == "HEIC" else samples.encoded(samples.picture(), writer)
    look(tmp_path, whole)
    for kept in (len(whole) * 9 // 10, len(whole) // 2, 40):
        with pytest.raises(InvalidInput, match=r"damaged .* or take another photo\."):
            look(tmp_path, whole[:kept])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"<html><script>alert(1)</script>", "whatever its name says", id="a page"),
        pytest.param(b"PK\x03\x04" + bytes(100), "whatever its name says", id="an archive"),
        pytest.param(b"\xff\xd8\xff\xe0<html>", "damaged", id="a page that begins as JPEG"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"x" * 200, "damaged", id="letters that begin as PNG"),
        pytest.param(b"\x00\x00\x00\x18ftypheic" + bytes(200), "damaged", id="zeros that begin as HEIC"),
        pytest.param(
            b"\xff\xd8\xff" + samples.encoded(samples.picture(), "PNG"), "damaged", id="a PNG that begins as JPEG"
        ),
    ],
)
def test_a_file_that_lies_is_refused_with_words(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        look(tmp_path, content)
    assert refused.value.faults[0].why


def test_resaved_and_made_smaller_a_photo_keeps_its_looks(tmp_path: Path) -> None:
    for seed in range(12):
        picture = samples.picture(seed, (1200, 900))
        first = look(tmp_path, samples.encoded(picture, quality=95)).looks
        assert first is not None
        for again in (
            samples.encoded(picture, quality=40),
            samples.encoded(picture.resize((640, 480)), quality=80),
            samples.encoded(picture, "PNG"),
            samples.encoded(picture, "WEBP", quality=60),
        ):
            seen = look(tmp_path, again).looks
            assert seen is not None
            assert distance(first, seen) <= ALIKE_BITS, seed


def test_photos_of_different_things_look_different(tmp_path: Path) -> None:
    found = [look(tmp_path, samples.jpeg(seed)).looks for seed in range(40)]
    seen = [one for one in found if one is not None]
    assert len(seen) == 40
    assert min(distance(one, other) for i, one in enumerate(seen) for other in seen[:i]) > ALIKE_BITS


def test_a_turned_photo_is_compared_as_it_is_shown(tmp_path: Path) -> None:
    picture = samples.picture(5)
    upright = look(tmp_path, samples.encoded(picture)).looks
    lying = look(
        tmp_path, samples.encoded(picture.transpose(Image.Transpose.ROTATE_90), exif=samples.exif_block(orientation=6))
    ).looks
    assert upright is not None
    assert lying is not None
    assert distance(upright, lying) <= ALIKE_BITS


def test_the_copy_of_a_phone_s_wide_colours_is_srgb() -> None:
    image = Image.new("RGB", (10, 10), (200, 100, 50))
    same = pictures.plain(image, samples.srgb_profile())
    assert all(abs(a - b) <= 1 for a, b in zip(same.getpixel((5, 5)), (200, 100, 50), strict=True))
    assert pictures.plain(image, b"no profile").getpixel((5, 5)) == (200, 100, 50)
    assert io.BytesIO(samples.srgb_profile()).read(4)
