"""Counts a file of requests on its own: by local day, by class, by district. Python's library only; of the areas, plain maths.

It knows nothing of CityLoop. What it is told on the command line is what anybody would see who opens the file:

    recount.py FILE --time COLUMN --class COLUMN [--close COLUMN] [--drop COLUMN=REGEX] [--district COLUMN]
               [--areas FILE.geojson.gz --name PROPERTY --lon COLUMN --lat COLUMN] [--limit N]

It prints one JSON object: rows, negative (closed before it was opened), dropped, and the counts of the rest.
"""

import argparse
import csv
import gzip
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any, TextIO


def opened(path: str) -> TextIO:
    if path.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return Path(path).open(encoding="utf-8-sig", newline="")


def in_ring(x: float, y: float, ring: list[list[float]]) -> bool:
    """Whether a ring holds a point: how often a line to the east crosses it."""
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


class Areas:
    """Named polygons of a GeoJSON file; every one is asked, after its box."""

    def __init__(self, path: str, name: str) -> None:
        with opened(path) as file:
            features = json.load(file)["features"]
        self.areas = []
        for feature in features:
            shape = feature["geometry"]
            polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
            for rings in polygons:
                xs, ys = [p[0] for p in rings[0]], [p[1] for p in rings[0]]
                box = (min(xs), min(ys), max(xs), max(ys))
                self.areas.append((feature["properties"][name], box, [[p[:2] for p in ring] for ring in rings]))

    def at(self, x: float, y: float) -> str:
        for name, (west, south, east, north), rings in self.areas:
            in_box = west <= x <= east and south <= y <= north
            if in_box and in_ring(x, y, rings[0]) and not any(in_ring(x, y, hole) for hole in rings[1:]):
                return name
        return ""


def recount(options: argparse.Namespace) -> dict[str, Any]:
    days, classes, districts = Counter(), Counter(), Counter()
    rows = negative = dropped = 0
    areas = Areas(options.areas, options.name) if options.areas else None
    drop_column, _, drop = (options.drop or "").partition("=")
    with opened(options.file) as file:
        for row in csv.DictReader(file):
            if rows == options.limit:
                break
            rows += 1
            if drop_column and re.search(drop, row[drop_column]):
                dropped += 1
                continue
            if options.close and row[options.close] and row[options.close] < row[options.time]:
                negative += 1
                continue
            days[row[options.time][:10]] += 1
            classes[row[options.kind]] += 1
            if options.district:
                districts[row[options.district]] += 1
            elif areas:
                districts[areas.at(float(row[options.lon]), float(row[options.lat]))] += 1
    return {
        "rows": rows, "negative": negative, "dropped": dropped,
        "days": days, "classes": classes, "districts": districts,
    }  # fmt: skip


def parser() -> argparse.ArgumentParser:
    answer = argparse.ArgumentParser()
    answer.add_argument("file")
    answer.add_argument("--time", required=True)
    answer.add_argument("--class", dest="kind", required=True)
    answer.add_argument("--close")
    answer.add_argument("--drop")
    answer.add_argument("--district")
    answer.add_argument("--areas")
    answer.add_argument("--name")
    answer.add_argument("--lon", default="lon")
    answer.add_argument("--lat", default="lat")
    answer.add_argument("--limit", type=int)
    return answer


if __name__ == "__main__":
    json.dump(recount(parser().parse_args()), sys.stdout, ensure_ascii=False)
