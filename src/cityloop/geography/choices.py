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
