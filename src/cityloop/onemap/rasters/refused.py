"""Why a picture cannot be used, as a word that travels between two processes, and as a sentence for people."""

from collections.abc import Mapping

from cityloop.kernel.translation import noop


class RefusedPicture(Exception):
    """The picture cannot be used: a word for the reason (a key of ``WHY``), what stood there, and a line for the log."""

    def __init__(self, reason: str, value: object = "", log: object = "") -> None:
        super().__init__(reason)
        self.line = {"refused": reason, "value": str(value)[:80], "log": str(log)[:300]}


ASKS = frozenset({"no_crs", "unknown_crs", "inexact_crs", "shifted", "elsewhere"})
"""Reasons that another coordinate system may mend: a person is asked for it."""

WHY: Mapping[str, str] = {
    "not_tiff": noop("“%(file)s” is no GeoTIFF. Export the picture as GeoTIFF (.tif) and send it again."),
    "cut_short": noop("“%(file)s” cannot be read to its end: it is damaged or cut short. Export it again."),
    "too_large": noop(
        "“%(file)s” says it has %(value)s points; at most 10,000 million are taken. Cut it into sheets and send them one by one."
    ),
    "bomb": noop(
        "“%(file)s” says it has %(value)s points, far more than so small a file can hold: it is not unpacked. Export it again."
    ),
    "one_piece": noop(
        "“%(file)s” is stored in pieces of %(value)s MB, which no memory is spent on. Export it with tiles (256 or 512 points wide)."
    ),
    "no_picture": noop(
        "“%(file)s” holds numbers (%(value)s), no picture: heights or measurements are not drawn. Export it with 8 or 16 bits a band."
    ),
    "bands": noop(
        "“%(file)s” has %(value)s bands. Export it with one (grey or a palette), three (red, green, blue) or four (with transparency)."
    ),
    "cmyk": noop("“%(file)s” is in the colours of printing (CMYK). Export it in red, green and blue (RGB)."),
    "no_position": noop(
        "“%(file)s” does not say where it lies: its position is missing, or stands in a file beside it. Pack the .tif with its .tfw into a zip and send that, or export it as GeoTIFF with its position inside."
    ),
    "no_world": noop(
        "“%(file)s” does not say where it lies, and no .tfw of its name stands beside it. Pack both into the zip."
    ),
    "bad_world": noop("The .tfw of “%(value)s” in “%(file)s” is none: it must hold six numbers. Export it again."),
    "no_sheet": noop(
        "“%(file)s” holds no picture: pack the .tif with its .tfw and, where there is one, its .prj. (Layers are brought by the data import.)"
    ),
    "too_much_packed": noop(
        "“%(file)s” would take more than %(value)s unpacked, holds more than 500 sheets, or one byte for hundreds: it is not unpacked. Send it in several parts."
    ),
    "sheets_differ": noop(
        "The sheets in “%(file)s” are no one picture: %(value)s differ in coordinate system, bands, colours or the size of their points. Send them one by one."
    ),
    "apart": noop(
        "The sheets in “%(file)s” lie far apart: together they would be %(value)s points. Send them one by one."
    ),
    "no_crs": noop("“%(file)s” does not say what its coordinates are. Name the system, for example EPSG:4547."),
    "unknown_crs": noop("“%(value)s” is not a coordinate system we know. Name an EPSG code, for example EPSG:4547."),
    "inexact_crs": noop(
        "Coordinates in “%(value)s” cannot be converted to within 2 m here. Ask the surveying office for CGCS2000."
    ),
    "shifted": noop(
        "Pictures in GCJ-02 or BD-09 are shifted by 50 to 700 m, at each place otherwise, and cannot be laid where they belong. Ask the surveying office for CGCS2000."
    ),
    "elsewhere": noop(
        "Read like this, “%(file)s” would lie at %(value)s, far from the city. Its coordinate system is probably another one: name it."
    ),
    "empty": noop("“%(file)s” shows nothing: all its points are transparent."),
    "no_room": noop(
        "There is not enough room on the disk to prepare “%(file)s”: %(value)s are needed. Make room and try again."
    ),
}
"""Message ids by reason; each may name ``file`` and ``value``."""
