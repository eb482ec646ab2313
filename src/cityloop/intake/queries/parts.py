"""A part as the public sees it, and what a report about it begins with."""

from dataclasses import dataclass

from cityloop.assets import queries as assets
from cityloop.cases.queries import loop_city
from cityloop.cases.queries.of_parts import class_of_parts, matters_of
from cityloop.intake.queries.public import PublicPage, Spot, Tile, class_of, public_page, spot_at
from cityloop.kernel.errors import CityError, NotFound
from cityloop.kernel.translation import _, language
from cityloop.organisation import queries as organisation
from cityloop.places.queries import nearest_road
from cityloop.standards.choices import ObjectType
from cityloop.standards.rules import category_key, symbol_of

PUBLIC_M = 60.0
"""Of a report without a label no part farther away is offered."""


@dataclass(frozen=True, slots=True)
class LabelledPart:
    """What everybody may know of a part: what it is, where, whose; ``page`` is its city's for reports, None where that is off."""

    code: str
    digits: str
    jurisdiction: str
    city: str
    name: str
    sign: str
    where: str
    keeper: str
    lon: float
    lat: float
    page: PublicPage | None


@dataclass(frozen=True, slots=True)
class MeantPart:
    """A part that a report is about: where it stands, and the classes of trouble that such a part has."""

    code: str
    name: str
    spot: Spot
    tiles: list[Tile]


def labelled_part(code: str) -> LabelledPart:
    """Return the part that a label's code names.

    Raises:
        NotFound: No part with this code stands anywhere here.
    """
    plain = "".join(code.split())
    spot = assets.public_spot(organisation.jurisdictions(), plain)
    if spot is None:
        raise NotFound(_("No part with this code stands here any more. Compare the digits under the picture."))
    home = organisation.city(spot.jurisdiction)
    try:
        page: PublicPage | None = public_page(spot.jurisdiction)
    except CityError:
        page = None
    known = home.categories_on(home.today(), spot.scheme).get(
        category_key(spot.scheme, ObjectType.PART, spot.class_code)
    )
    road = nearest_road(spot.lon, spot.lat, home.today(), home.code)
    chinese = language().startswith("zh")
    name = (known.name_zh if chinese else known.name_en or known.name_zh) if known else ""
    return LabelledPart(
        code=spot.code,
        digits=f"{spot.code[:6]} {spot.code[6:-6]} {spot.code[-6:]}",
        jurisdiction=home.code,
        city=home.name if chinese else home.name_en or home.name,
        name=spot.name or name or spot.class_code,
        sign=symbol_of(known.scheme, known.type, known.big_code, known.name_zh) if known else "other",
        where=road.name if road else "",
        keeper=spot.keeper,
        lon=spot.lon,
        lat=spot.lat,
        page=page,
    )


def meant_part(page: PublicPage, code: str) -> MeantPart | None:
    """Return the part that a report on a city's page is about; None where its code names none there."""
    spot = assets.public_spot([page.code], "".join(code.split()))
    if spot is None:
        return None
    try:
        place = spot_at(page, spot.lon, spot.lat)
    except CityError:
        return None
    home = loop_city(page.code)
    tiles = [tile for key in matters_of(home, spot.class_code) if (tile := class_of(page, key))]
    known = home.categories.get(category_key(spot.scheme, ObjectType.PART, spot.class_code))
    chinese = language().startswith("zh")
    name = (known.name_zh if chinese else known.name_en or known.name_zh) if known else spot.class_code
    return MeantPart(spot.code, spot.name or name, place, tiles)


def parts_here(page: PublicPage, category: str, lon: float, lat: float) -> list["assets.NearPart"]:
    """Return the parts near a point that a report of a class may mean, the nearest first: none where it speaks of no part."""
    home = loop_city(page.code)
    class_code = class_of_parts(home, category)
    if not class_code:
        return []
    return assets.parts_near(home.city, lon, lat, on=home.day, classes=[class_code], within_m=PUBLIC_M, most=4)
