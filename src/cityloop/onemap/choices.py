"""The words of the map."""

from django.db.models import TextChoices

from cityloop.kernel.translation import lazy as _


class Shape(TextChoices):
    """What a layer is drawn of."""

    POINT = "point", _("Points")
    LINE = "line", _("Lines")
    POLYGON = "polygon", _("Polygons")
    MIXED = "mixed", _("Mixed shapes")


class Theme(TextChoices):
    """For which eyes the map is drawn (``looks``)."""

    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")
    SCREEN = "screen", _("Video wall")


class Group(TextChoices):
    """Where a layer stands in the tree of layers, the lowest first."""

    GROUND = "ground", _("Ground map")
    FRAME = "frame", _("Borders and grids")
    PARTS = "parts", _("Parts")
    WORK = "work", _("Work in hand")


class GroundKind(TextChoices):
    """Where a picture of the ground lies."""

    BASE = "base", _("Basemap")
    OVERLAY = "overlay", _("Image over the basemap")


class RasterKind(TextChoices):
    """What a georeferenced picture shows."""

    ORTHOPHOTO = "orthophoto", _("Orthophoto")
    TOPOGRAPHIC = "topographic", _("Topographic map")


class RasterState(TextChoices):
    """How far a picture is on its way to tiles."""

    WAITING = "waiting", _("Waits for its turn")
    ASKING = "asking", _("Asks for its coordinate system")
    WORKING = "working", _("Tiles are prepared")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Not usable")


class BasemapKind(TextChoices):
    """From where the tiles of a basemap come."""

    TIANDITU = "tianditu", _("Tianditu")
    XYZ = "xyz", _("XYZ or TMS")
    WMTS = "wmts", _("WMTS service")
    MBTILES = "mbtiles", _("MBTiles file")
    PMTILES = "pmtiles", _("PMTiles file")


class TiandituLayer(TextChoices):
    """The three maps of Tianditu; each has its labels in a layer of their own."""

    VEC = "vec", _("Tianditu map")
    IMG = "img", _("Tianditu imagery")
    TER = "ter", _("Tianditu terrain")


class ValueKind(TextChoices):
    """What a property of a feature holds."""

    TEXT = "text", _("Text")
    INTEGER = "integer", _("Whole number")
    NUMBER = "number", _("Number")
    BOOLEAN = "boolean", _("Yes or no")
    DATE = "date", _("Day")
    INSTANT = "instant", _("Time")


class StreetKind(TextChoices):
    """What a picture of street view is."""

    PANO = "pano", _("Panorama")
    PHOTO = "photo", _("Photo")


class StreetState(TextChoices):
    """How far an import of street view is. ``CHECKING``, ``APPLYING`` and ``UNDOING`` are gone on with after a worker was killed."""

    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    APPLYING = "applying", _("Being applied")
    APPLIED = "applied", _("In the data")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Taken out again")
    DROPPED = "dropped", _("Not taken")
    FAILED = "failed", _("Failed")


class Measure(TextChoices):
    """What is measured of the shapes that lie within an area."""

    NUMBER = "number", _("How many")
    LENGTH = "length", _("Length (m)")
    AREA = "area", _("Area (m²)")


class FileForm(TextChoices):
    """As what the rows of layers are taken away."""

    GEOJSON = "geojson", "GeoJSON"
    GPKG = "gpkg", "GeoPackage"
    XLSX = "xlsx", "Excel"
