"""Why a file cannot be used, as a word that travels between two processes, and as a sentence for people."""

from collections.abc import Mapping

from cityloop.kernel.translation import noop


class RefusedFile(Exception):
    """The file cannot be used: a word for the reason (a key of ``WHY``), what stood there, and a line for the log."""

    def __init__(self, reason: str, value: str = "", log: object = "") -> None:
        super().__init__(reason)
        self.line = {"refused": reason, "value": value, "log": str(log)}


WHY: Mapping[str, str] = {
    "missing": noop("There is no file “%(file)s”."),
    "unreadable": noop("“%(file)s” cannot be read to its end: it is damaged or cut short. Export it again."),
    "cut_zip": noop("“%(file)s” is damaged or cut short: the archive cannot be unpacked. Pack and send it again."),
    "too_large": noop(
        "“%(file)s” would take more than %(value)s unpacked, or holds one byte for hundreds: it is not unpacked. Send its layers one by one."
    ),
    "empty_zip": noop(
        "“%(file)s” holds no layer that we know: pack the .shp with its .dbf, .shx and .prj, or a GeoPackage, GeoJSON, KML or DXF."
    ),
    "no_dbf": noop("“%(file)s” has a .shp without its .dbf: the attributes are missing. Pack them together."),
    "unknown_kind": noop(
        "“%(file)s” is none of the files that can be read: zipped Shapefile, GeoPackage, GeoJSON, KML, DXF, CSV, Excel or OpenStreetMap."
    ),
    "unknown_layer": noop("“%(file)s” has no such layer. It has: %(value)s."),
    "no_layer": noop("“%(file)s” holds no layer with features."),
    "no_crs": noop("“%(file)s” does not say what its coordinates are. Name the system, for example EPSG:4490."),
    "unknown_crs": noop("“%(value)s” is not a coordinate system we know. Name an EPSG code, for example EPSG:4547."),
    "inexact_crs": noop(
        "Coordinates in “%(value)s” cannot be converted to within 2 m here. Ask the surveying office for CGCS2000."
    ),
    "no_position": noop("“%(file)s” has no columns that hold coordinates. Name them; it has: %(value)s."),
    "no_rows": noop("“%(file)s” holds no table: its first sheet is empty."),
    "not_text": noop("“%(file)s” is no text in UTF-8 or GB 18030. Save it as CSV UTF-8 and send it again."),
    "not_csv": noop("“%(file)s” is not CSV: a quote does not close, or a cell is too long (row %(value)s)."),
}
"""Message ids by reason; each may name ``file`` and ``value``."""
