"""The drawn photos: each another one, and the same each time."""

import io
from importlib import resources
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.mix import SCHEME, TROUBLES
from cityloop.demo.rules.pictures import LINE_PX, LINES, Shot, View, drawn, shot_of
from cityloop.demo.rules.sights import LOOKS, Subject
from cityloop.demo.rules.streets import HEIGHT_PX, WEATHERS, WIDTH_PX, street_of
from cityloop.media.rules.looks import ALIKE_BITS, SIDE, distance, looks_of


@pytest.fixture(scope="module")
def captions() -> Image.Image:
    with resources.files("cityloop.demo").joinpath("data/captions.png").open("rb") as file:
        return Image.open(file).convert("L")


def photo(shot: Shot, captions: Image.Image, case: int = 1) -> bytes:
    return drawn(shot, captions, street_of(chance(case, "street")), chance(case, "camera", shot))


def test_each_is_a_photo_of_its_size_and_small(captions: Image.Image) -> None:
    for case, subject in enumerate(Subject):
        for view in View:
            content = photo(Shot(subject, view), captions, case)
            image = Image.open(io.BytesIO(content))
            assert (image.format, image.size) == ("JPEG", (WIDTH_PX, HEIGHT_PX))
            assert len(content) <= 40_000


def test_drawn_again_it_is_the_same(captions: Image.Image) -> None:
    shot = Shot(Subject.STALL, View.CLOSE)
    assert photo(shot, captions) == photo(shot, captions)


def test_photos_of_one_thing_in_different_streets_do_not_look_alike(captions: Image.Image) -> None:
    looks = []
    for case in range(24):
        grey = Image.open(io.BytesIO(photo(Shot(Subject.RUBBISH, View.WIDE), captions, case))).convert("L")
        looks.append(looks_of(np.asarray(grey.resize((SIDE, SIDE)))))
    apart = [distance(one, other) for one, other in combinations(looks, 2) if one is not None and other is not None]
    assert len(apart) > 200
    assert sum(bits > ALIKE_BITS for bits in apart) / len(apart) > 0.99


def test_every_weather_is_drawn() -> None:
    assert {street_of(chance(number)).weather for number in range(80)} == set(WEATHERS)


def test_what_is_put_right_is_not_to_be_seen_any_more() -> None:
    assert set(LOOKS) == set(Subject)
    assert all(look.trouble is not look.mended for look in LOOKS.values())


@pytest.mark.parametrize("subject", Subject)
def test_before_and_after_differ_where_they_show_the_same_street(subject: Subject, captions: Image.Image) -> None:
    street = street_of(chance(4, "street"))
    wide, after = (
        Image.open(io.BytesIO(drawn(Shot(subject, view), captions, street, chance(1, "held")))).crop(
            (0, 0, WIDTH_PX, 480)
        )
        for view in (View.WIDE, View.AFTER)
    )
    apart = np.abs(np.asarray(wide, dtype=int) - np.asarray(after, dtype=int)).max(axis=2)
    assert (apart > 40).mean() > 0.004


@pytest.mark.parametrize(
    ("category", "kind", "mended", "shown"),
    [
        ("event/09010", "close", True, (Subject.BIKES, View.CLOSE)),
        ("event/07007", "wide", True, (Subject.POLE, View.WIDE)),
        ("event/06010", "before", True, (Subject.RUBBISH, View.WIDE)),
        ("event/06010", "after", True, (Subject.RUBBISH, View.AFTER)),
        ("event/09001", "check", True, (Subject.STALL, View.AFTER)),
        ("event/09001", "check", False, (Subject.STALL, View.CLOSE)),
        ("part/01001", "close", True, (Subject.COVER, View.CLOSE)),
        ("part/04002", "close", True, (Subject.TREE, View.CLOSE)),
        ("event/06028", "close", True, (Subject.STREET, View.CLOSE)),
        ("event/99999", "close", True, (Subject.STREET, View.CLOSE)),
    ],
)
def test_a_case_has_the_photo_of_its_class(category: str, kind: str, mended: bool, shown: tuple[Subject, View]) -> None:
    assert shot_of(f"{SCHEME}/{category}", kind, mended=mended) == (*shown, f"{SCHEME}/{category}")


def test_every_class_of_the_mix_has_three_photos() -> None:
    for one in TROUBLES:
        assert len({shot_of(one.category, kind, mended=True) for kind in ("close", "wide", "after")}) == 3


def test_under_each_photo_stands_the_name_of_its_class(captions: Image.Image) -> None:
    lines = [captions.crop((0, n * LINE_PX, captions.width, (n + 1) * LINE_PX)).tobytes() for n in range(len(LINES))]
    assert captions.height == LINE_PX * len(LINES)
    assert len(set(lines)) == len(LINES), "each says something else"
    named, unnamed = (
        Image.open(io.BytesIO(photo(Shot(Subject.STREET, View.WIDE, one), captions)))
        for one in (TROUBLES[0].category, "")
    )
    place = (90, HEIGHT_PX - 41, 400, HEIGHT_PX)
    assert np.asarray(named.crop(place)).std() > 2 * np.asarray(unnamed.crop(place)).std()
