"""``features``: pages of 1,000 of 2,000,000 parts at any depth, beside TiPg and pygeoapi on the same table in the same run."""

import http.client
import json
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from bench.ground import figure, say
from bench.parts import CITY, FOLDER, PARTS, city_of_parts
from bench.peers import PEERS, environment, running
from bench.web import stack

LIMIT = 1_000
DEPTHS = (0, 100_000, 1_000_000, PARTS - 100_000)
"""Features that lie before the page."""

SECONDS = 5
TIPG_PORT, PYGEOAPI_PORT = 8791, 8792

CONFIG = """
server:
  bind: {{host: 127.0.0.1, port: {port}}}
  url: http://127.0.0.1:{port}
  mimetype: application/json; charset=UTF-8
  encoding: utf-8
  language: en-US
  limits: {{default_items: 10, max_items: 10000}}
  map: {{url: "http://127.0.0.1/{{z}}/{{x}}/{{y}}", attribution: none}}
logging: {{level: ERROR}}
metadata:
  identification: {{title: bench, description: bench, keywords: [bench], keywords_type: theme, terms_of_service: none, url: "http://127.0.0.1"}}
  license: {{name: none}}
  provider: {{name: bench}}
  contact: {{name: bench}}
resources:
  parts:
    type: collection
    title: parts
    description: parts
    keywords: [parts]
    extents: {{spatial: {{bbox: [120, 30, 121, 31], crs: "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}}}
    providers:
      - type: feature
        name: PostgreSQL
        data: {{host: "{host}", dbname: cityloop, user: cityloop, password: none, search_path: [public]}}
        id_field: id
        table: assets_part
        geom_field: geometry
        properties: [code, scheme, class_code, name, state, owner, keeper, unit_grid, changed_on]
"""


def features() -> None:
    """Pages a second over one connection, one after the other, at each depth; how many times that is what the others do."""
    with city_of_parts():
        say(f"  {PARTS:,} parts")
    from django.db import connections

    connections.close_all()
    with stack(FOLDER) as address:
        ours = _ours(address)
    connections.close_all()
    with city_of_parts():
        tipg = _tipg()
        pygeoapi = _pygeoapi()
    slowest = min(ours.values())
    figure("features.rate", slowest, "1/s", n=len(DEPTHS), limit=LIMIT, parts=PARTS, **_told(ours))
    for name, theirs in (("tipg", tipg), ("pygeoapi", pygeoapi)):
        ratio = min(ours[depth] / theirs[depth] for depth in DEPTHS)
        figure(f"features.{name}", theirs[0], "1/s", n=len(DEPTHS), ratio=round(ratio, 1), **_told(theirs))


def _told(rates: Mapping[int, float]) -> dict[str, float]:
    return {f"at_{depth}": round(rate, 2) for depth, rate in rates.items()}


def _ours(address: str) -> dict[int, float]:
    """Return the pages a second at each depth, for a dispatcher with a token; each page is asked for by the link before it."""
    from cityloop.kernel.clock import machine_now
    from cityloop.organisation import actions

    user = actions.create_user(f"bench_reader_{time.time_ns()}", password="long-enough-2026", name="读图员")
    actions.appoint(user.pk, "dispatcher", CITY, valid_from=date(2020, 1, 1))
    head = {"Authorization": f"Bearer {actions.issue_token(user.pk, 'bench', now=machine_now(), scopes=['geodata'])}"}
    rates = {}
    for depth in DEPTHS:
        path = f"/ogc/collections/parts/items?limit={LIMIT}"
        if depth:
            path = _further(_page(address, f"{path}&offset={depth - LIMIT}", head))
        rates[depth] = _pace(address, path, head)
        say(f"  ours at {depth:,}: {rates[depth]:.1f} a second")
    return rates


def _further(page: Mapping[str, Any]) -> str:
    [href] = [one["href"] for one in page["links"] if one["rel"] == "next"]
    parts = urlsplit(href)
    return f"{parts.path}?{parts.query}"


def _tipg() -> dict[int, float]:
    python = environment("tipg", ["tipg", "uvicorn"])
    address = f"http://127.0.0.1:{TIPG_PORT}"
    variables = {
        "DATABASE_URL": f"postgresql://cityloop@{quote(str(FOLDER / 'run'), safe='')}/cityloop",
        "TIPG_DB_TABLES": '["public.assets_part"]',
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_MAX_FEATURES_PER_QUERY": "10000",
    }
    command = [python, "-m", "uvicorn", "tipg.main:app", "--port", str(TIPG_PORT), "--log-level", "warning"]
    here = "/collections/public.assets_part"
    with running(command, variables, f"{address}{here}"):
        form = f"{here}/items?limit={LIMIT}&offset={{}}&f=geojson&geom-column=geometry"
        return _paces("TiPg", address, form)


def _pygeoapi() -> dict[int, float]:
    packages = ["pygeoapi", "sqlalchemy", "geoalchemy2", "psycopg2-binary", "gunicorn", "pygeofilter"]
    python = environment("pygeoapi", packages)
    folder = PEERS / "pygeoapi"
    config, openapi = folder / "config.yml", folder / "openapi.yml"
    config.write_text(CONFIG.format(port=PYGEOAPI_PORT, host=FOLDER / "run"))
    openapi.write_text("openapi: 3.0.2\ninfo: {title: bench, version: '1'}\npaths: {}\n")
    command = [str(Path(python).parent / "gunicorn"), "-b", f"127.0.0.1:{PYGEOAPI_PORT}", "pygeoapi.flask_app:APP"]
    variables = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    address = f"http://127.0.0.1:{PYGEOAPI_PORT}"
    with running(command, variables, f"{address}/conformance?f=json"):
        form = f"/collections/parts/items?limit={LIMIT}&offset={{}}&f=json"
        return _paces("pygeoapi", address, form)


def _paces(name: str, address: str, form: str) -> dict[int, float]:
    rates = {}
    for depth in DEPTHS:
        rates[depth] = _pace(address, form.format(depth), {})
        say(f"  {name} at {depth:,}: {rates[depth]:.2f} a second")
    return rates


def _page(address: str, path: str, head: Mapping[str, str]) -> dict[str, Any]:
    parts = urlsplit(address)
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)) as line:
        line.request("GET", path, headers=dict(head))
        answer = line.getresponse()
        body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status} {body[:500]!r}")
    page: dict[str, Any] = json.loads(body)
    if len(page["features"]) != LIMIT:
        raise SystemExit(f"{path}: {len(page['features'])} features")
    return page


def _pace(address: str, path: str, head: Mapping[str, str]) -> float:
    """Return how often a page is read in a second over one connection, once it was read and looked at."""
    _page(address, path, head)
    parts = urlsplit(address)
    count, started = 0, time.perf_counter()
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)) as line:
        while time.perf_counter() - started < SECONDS:
            line.request("GET", path, headers=dict(head))
            answer = line.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status}")
            count += 1
    return count / (time.perf_counter() - started)
