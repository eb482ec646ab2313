"""The words of geography."""

from django.db.models import TextChoices

from cityloop.kernel.translation import lazy as _


class CoordinateSystem(TextChoices):
    """What a pair of degrees may mean. Only WGS 84 and CGCS2000 are stored; the others are converted at the door."""

    WGS84 = "wgs84", _("WGS 84")
    CGCS2000 = "cgcs2000", _("CGCS2000")
    GCJ02 = "gcj02", _("GCJ-02")
    BD09 = "bd09", _("BD-09")


class RegionLevel(TextChoices):
    """The steps of the region tree, outermost first."""

    PROVINCE = "province", _("Province")
    CITY = "city", _("City")
    DISTRICT = "district", _("District or county")
    STREET = "street", _("Street or town")
    COMMUNITY = "community", _("Community or village")


class DraftChange(TextChoices):
    """What a person does to a draft of a division."""

    MOVE = "move", _("corner moved")
    BEND = "bend", _("border bent")
    MERGE = "merge", _("grids merged")
    SPLIT = "split", _("grid split")


class AreaKind(TextChoices):
    """What is made of unit grids beside duty grids."""

    MANAGEMENT = "management", _("Management grid")
    EVALUATION = "evaluation", _("Evaluation grid")
    EXTENSION = "extension", _("Extension grid")


class Rating(TextChoices):
    """The types of evaluation grids: what is asked of the ground in them."""

    A = "A", _("Type A")
    B = "B", _("Type B")
    C = "C", _("Type C")


class Purpose(TextChoices):
    """What extension grids are drawn for."""

    SANITATION = "sanitation", _("Sanitation")
    GREENING = "greening", _("Greening")
    ENFORCEMENT = "enforcement", _("Enforcement")
    COMMUNITY = "community", _("Social governance")
    OTHER = "other", _("Other")


class Flaw(TextChoices):
    """What is worth a second look at a grid of a draft, the gravest first."""

    CUT = "cut", _("cuts a building")
    LARGE = "large", _("a very large grid")
    SMALL = "small", _("a very small grid")
    HEAVY = "heavy", _("many parts")
    NARROW = "narrow", _("a narrow strip")
