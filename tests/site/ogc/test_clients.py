"""Programs that people have, against the live server: GDAL's drivers and OWSLib. GDAL stands in a process of its own."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from owslib.ogcapi.features import Features
from owslib.wfs import WebFeatureService
from pytest_django.live_server_helper import LiveServer

from cast import CITY, NOW
from cityloop.organisation import actions
from open_town import PARTS, Town, make_town

READ = """
import json, sys
import pyogrio
source, layer, options = json.loads(sys.argv[1])
if "bbox" in options:
    options["bbox"] = tuple(options["bbox"])
told = {"layers": [str(name) for name, _kind in pyogrio.list_layers(source)]}
meta, _fids, shapes, values = pyogrio.raw.read(source, layer=layer, **options)
told |= {"count": len(shapes), "crs": meta["crs"], "fields": list(meta["fields"])}
told["values"] = {name: sorted({str(one) for one in column}) for name, column in zip(meta["fields"], values)}
import struct
first = bytes(shapes[0])
told["first"] = struct.unpack("<2d", first[5:21]) if first[1] == 1 else None
print(json.dumps(told))
"""


def gdal(source: str, layer: str, token: str = "", **options: Any) -> dict[str, Any]:
    headers = {"GDAL_HTTP_AUTH": "BEARER", "GDAL_HTTP_BEARER": token} if token else {}
    made = subprocess.run(
        [sys.executable, "-c", READ, json.dumps([source, layer, options])],
        env={**os.environ, **headers, "OGR_WFS_PAGE_SIZE": "15"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    told: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return told


@pytest.fixture
def town(transactional_db: None) -> Town:
    return make_town()


def test_programs_read_every_layer_that_is_theirs(town: Town, live_server: LiveServer) -> None:
    """One journey, since the city is made anew for each test of a live server."""
    token = actions.issue_token(town.cast["dispatcher"], "QGIS", now=NOW, scopes=["geodata"])
    base = f"{live_server.url}/ogc"
    _gdal_reads(base, token)
    _gdal_reads_wfs(base, token)
    _owslib_reads(base, token)


def _gdal_reads(base: str, token: str) -> None:
    public = gdal(f"OAPIF:{base}", "roads")
    assert public["layers"] == ["areas", "buildings", "pois", "roads"]
    assert public["count"] == 4
    parts = gdal(f"OAPIF:{base}", "parts", token, PAGE_SIZE=15)
    assert "cases" not in parts["layers"], "a token for base data sees no work in hand"
    assert parts["count"] == PARTS
    assert len(parts["values"]["code"]) == PARTS
    assert parts["values"]["jurisdiction"] == [CITY]
    assert parts["first"] == pytest.approx((120.0005, 30.003))
    assert gdal(f"OAPIF:{base}", "parts", token, bbox=(120.0, 30.0, 120.00105, 30.01))["count"] == 6
    assert gdal(f"OAPIF:{base}", "parts", token, where="code = '99010101001000003'")["count"] == 1
    assert gdal(f"OAPIF:{base}", "unit_grids", token)["count"] > 3


def _gdal_reads_wfs(base: str, token: str) -> None:
    parts = gdal(f"WFS:{base}/wfs", "city:parts", token)
    assert parts["count"] == PARTS
    assert parts["first"] == pytest.approx((120.0005, 30.003))
    assert {"code", "class_name", "valid_from"} <= set(parts["fields"])
    assert gdal(f"WFS:{base}/wfs", "city:parts", token, bbox=(120.0, 30.0, 120.00105, 30.01))["count"] == 6
    assert gdal(f"WFS:{base}/wfs", "city:parts", token, where="code = '99010101001000003'")["count"] == 1
    buildings = gdal(f"WFS:{base}/wfs", "city:buildings")
    assert f'{CITY}<学校> & "x"' in buildings["values"]["name"]


def _owslib_reads(base: str, token: str) -> None:
    client = Features(f"{base}/", headers={"Authorization": f"Bearer {token}"})
    assert client.feature_collections() == [
        "addresses",
        "areas",
        "buildings",
        "duty_grids",
        "evaluation_grids",
        "extension_grids",
        "management_grids",
        "parts",
        "pois",
        "regions",
        "roads",
        "unit_grids",
    ]
    assert client.api()["openapi"].startswith("3.0")
    assert client.conformance()["conformsTo"]
    assert client.collection("parts")["itemType"] == "feature"
    assert "geometry" in client.collection_queryables("parts")["properties"]
    found = client.collection_items("parts", bbox=[120.0, 30.0, 120.001, 30.01], limit=3, filter="state = 'intact'")
    assert (found["numberReturned"], found["numberMatched"]) == (3, 6)
    one = client.collection_item("parts", str(found["features"][0]["id"]))
    assert one["properties"] == found["features"][0]["properties"]
    assert client.collection_items("parts", limit=5, offset=PARTS - 2)["numberReturned"] == 2
    with pytest.raises(RuntimeError):
        client.collection("cases")
    wfs = WebFeatureService(f"{base}/wfs", version="2.0.0", headers={"Authorization": f"Bearer {token}"})
    assert "city:unit_grids" in wfs.contents
    assert wfs.get_schema("city:roads")["properties"]["bridge"] == "boolean"
    answer = wfs.getfeature(typename=["city:parts"], maxfeatures=2, startindex=1).read()
    assert answer.count(b"<wfs:member>") == 2
