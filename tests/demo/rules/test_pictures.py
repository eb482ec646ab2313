"""The drawn photos: each another one, and the same each time."""

import io
from importlib import resources

import pytest
from PIL import Image

from cityloop.demo.rules.mix import SCHEME, TROUBLES
from cityloop.demo.rules.pictures import HEIGHT_PX, SHOTS, WIDTH_PX, Shot, Subject, View, drawn, shot_of


@pytest.fixture(scope="module")
def captions() -> Image.Image:
    with resources.files("cityloop.demo").joinpath("data/captions.png").open("rb") as file:
        return Image.open(file).convert("L")


@pytest.fixture(scope="module")
def pictures(captions: Image.Image) -> dict[Shot, bytes]:
    return {shot: drawn(shot, captions) for shot in SHOTS}


def test_no_two_are_the_same_and_each_is_a_photo_of_its_size(pictures: dict[Shot, bytes]) -> None:
    assert len(set(pictures.values())) == len(pictures) == 18
    for content in pictures.values():
        image = Image.open(io.BytesIO(content))
        assert (image.format, image.size) == ("JPEG", (WIDTH_PX, HEIGHT_PX))
        assert len(content) < 200_000


def test_drawn_again_it_is_the_same(pictures: dict[Shot, bytes], captions: Image.Image) -> None:
    assert drawn(SHOTS[3], captions) == pictures[SHOTS[3]]


def test_what_is_put_right_is_not_to_be_seen_any_more(pictures: dict[Shot, bytes]) -> None:
    for subject in Subject:
        wide, after = (
            Image.open(io.BytesIO(pictures[Shot(subject, view)])).crop((0, 0, WIDTH_PX, 640)).tobytes()
            for view in (View.WIDE, View.AFTER)
        )
        assert sum(abs(a - b) > 40 for a, b in zip(wide[::97], after[::97], strict=True)) > 50


@pytest.mark.parametrize(
    ("category", "kind", "mended", "shot"),
    [
        ("event/09010", "close", True, Shot(Subject.BIKES, View.CLOSE)),
        ("event/07007", "wide", True, Shot(Subject.POLE, View.WIDE)),
        ("event/06010", "before", True, Shot(Subject.RUBBISH, View.WIDE)),
        ("event/06010", "after", True, Shot(Subject.RUBBISH, View.AFTER)),
        ("event/09001", "check", True, Shot(Subject.STALL, View.AFTER)),
        ("event/09001", "check", False, Shot(Subject.STALL, View.CLOSE)),
        ("part/01001", "close", True, Shot(Subject.GROUND, View.CLOSE)),
    ],
)
def test_a_case_has_the_photo_of_its_class(category: str, kind: str, mended: bool, shot: Shot) -> None:
    assert shot_of(f"{SCHEME}/{category}", kind, mended=mended) == shot


def test_every_class_of_the_mix_has_two_photos_of_its_report() -> None:
    for one in TROUBLES:
        assert len({shot_of(one.category, kind, mended=True) for kind in ("close", "wide", "after")}) == 3
