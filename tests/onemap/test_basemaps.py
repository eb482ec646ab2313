"""Addresses of somebody else's tiles: what is taken, what is refused, and what each tile's address is; what a WMTS offers."""

import pytest
from django.utils import translation

from cityloop.kernel.errors import InvalidInput
from cityloop.onemap.rules import capabilities
from cityloop.onemap.rules.basemaps import check_address, is_shifted, picture_type, tianditu, xyz
from tile_host import MATRIX, picture
from tile_host import capabilities as described


@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("https://tiles.example/{z}/{x}/{y}.png", "https://tiles.example/3/5/2.png"),
        ("https://tiles.example/{z}/{x}/{-y}.png", "https://tiles.example/3/5/5.png"),
        ("https://{s:a,b,c}.tiles.example/{z}/{x}/{y}", "https://b.tiles.example/3/5/2"),
        ("http://10.0.0.7:8080/t?l={z}&c={x}&r={y}&k={key}", "http://10.0.0.7:8080/t?l=3&c=5&r=2&k=se%26cret"),
    ],
)
def test_a_template_becomes_the_address_of_a_tile(template: str, address: str) -> None:
    check_address(template, is_template=True)
    assert xyz(template, (0, 18)).address(3, 5, 2, "se&cret") == address


def test_tianditu_is_asked_by_keys_and_values_from_level_one_on() -> None:
    source = tianditu("img")
    asked = source.address(12, 3364, 1552, "k3y")
    assert asked.startswith(
        "https://t4.tianditu.gov.cn/img_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=img&"
    )
    assert "TILEMATRIXSET=w" in asked
    assert asked.endswith("&TILEMATRIX=12&TILEROW=1552&TILECOL=3364&tk=k3y")
    assert [zoom for zoom in range(22) if source.has(zoom)] == list(range(1, 19))
    assert tianditu("cta").levels == (1, 14), "labels of the terrain end where the terrain does"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://tiles.example/{z}/{x}/{y}", "must begin with"),
        ("file:///etc/passwd?{z}{x}{y}", "must begin with"),
        ("https:///{z}/{x}/{y}", "must begin with"),
        ("https://me:word@tiles.example/{z}/{x}/{y}", "name or a password"),
        ("https://{z}.tiles.example/{x}/{y}", "name its host plainly"),
        ("https://tiles.example@{x}/{z}/{y}", "name or a password"),
        ("https://tiles.example/{z}/{x}", "must hold {z}, {x} and {y}"),
        ("https://tiles.example/{z}/{x}/{y}?{secret}", "{secret}"),
        ("https://tiles.example/{z}/{x}/{y}?{0.__class__}", "{0.__class__}"),
        ("https://{s}.tiles.example/{z}/{x}/{y}", "what stands for {s}"),
        ("https://tiles.example/{z}/{x}/{y} ", "without spaces"),
        ("https://tiles.example:0/{z}/{x}/{y}", "must begin with"),
        ("https://tiles.example:x/{z}/{x}/{y}", "no address"),
        ("https://webrd01.is.autonavi.com/appmaptile?x={x}&y={y}&z={z}", "GCJ-02 or BD-09"),
        ("https://rt{s:0,1}.map.gtimg.com/{z}/{x}/{y}", "GCJ-02 or BD-09"),
        ("https://tiles.example/" + "x" * 1000 + "{z}/{x}/{y}", "at most"),
    ],
)
def test_an_address_that_cannot_be_laid_under_the_map_is_refused_with_words(url: str, words: str) -> None:
    with translation.override("en"), pytest.raises(InvalidInput, match="cannot be used") as refused:
        check_address(url, is_template=True)
    assert words in refused.value.message


def test_maps_whose_places_are_shifted_are_known_by_their_hosts() -> None:
    assert is_shifted("webst01.is.autonavi.com")
    assert not is_shifted("notautonavi.com.example")
    assert not is_shifted("t0.tianditu.gov.cn")


def test_a_picture_is_known_by_its_bytes() -> None:
    for form, kind in (("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")):
        assert picture_type(picture((1, 2, 3), form)) == kind
    for body in (b"", b"<svg onload='x'/>", b"RIFF....WAVE", b'{"code":301001}'):
        assert picture_type(body) == ""


# --- what a WMTS offers


def test_layers_in_web_mercator_are_offered_with_their_levels() -> None:
    [offer] = capabilities.read(
        described().encode(), "http://maps.example/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&map=/a"
    )
    assert (offer.name, offer.title, offer.tile_size) == ("imagery|w", "全市影像", 256)
    assert offer.matrices == {zoom: f"L{zoom:02}" for zoom in range(1, 19)}
    assert offer.bounds == (119, 29, 121, 31)
    assert offer.template.startswith(
        "http://maps.example/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=imagery&STYLE=plain"
    )
    assert "FORMAT=image/png" in offer.template
    assert offer.template.endswith("&map=/a")


def test_a_form_of_addresses_is_filled_with_what_it_leaves_open() -> None:
    form = '<ResourceURL format="image/png" resourceType="tile" template="http://maps.example/{Time}/{TileMatrix}/{TileRow}/{TileCol}.png?k=a%26b"/>'
    when = "<Dimension><ows:Identifier>Time</ows:Identifier><Default>2026 春</Default></Dimension>"
    for dimension, starts in (
        (when, "http://maps.example/2026%20%E6%98%A5/{z}/{y}/{x}.png?k={key}"),
        ("", "http://maps.example/wmts?"),
    ):
        document = described().replace("</Layer>", dimension + form + "</Layer>", 1)
        [offer] = capabilities.read(document.encode(), "http://maps.example/wmts", "a&b")
        assert offer.template.startswith(starts)


def test_only_forms_of_addresses_at_the_same_host_are_taken() -> None:
    form = '<ResourceURL format="image/png" resourceType="tile" template="http://%s/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png"/>'
    for host, starts in (
        ("maps.example", "http://maps.example/w/{z}/{y}/{x}.png"),
        ("127.0.0.1:22", "http://maps.example/wmts?"),
    ):
        document = described().replace("</Layer>", form % host + "</Layer>", 1)
        [offer] = capabilities.read(document.encode(), "http://maps.example/wmts")
        assert offer.template.startswith(starts)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("<html>sign in</html>", "no description of a WMTS"),
        ("not xml", "no description of a WMTS"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><Capabilities/>", "no description of a WMTS"),
        (described().replace("EPSG::3857", "EPSG::4490"), "EPSG:4490"),
        (described().replace(MATRIX % (1, 559082264.0287178 / 2, 2, 2), "").replace("559", "1"), ""),
    ],
)
def test_what_offers_nothing_that_fits_is_refused(document: str, words: str) -> None:
    with translation.override("en"):
        if not words:
            assert 1 not in capabilities.read(document.encode(), "http://maps.example/wmts")[0].matrices
            return
        with pytest.raises(InvalidInput) as refused:
            capabilities.read(document.encode(), "http://maps.example/wmts")
    assert words in refused.value.message
