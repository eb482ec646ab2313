"""The words of the ground: what a map of the city is drawn from."""

from django.db.models import TextChoices

from cityloop.kernel.translation import lazy as _


class RoadClass(TextChoices):
    """What a road is for, the widest first (道路等级).

    Source:
        CJJ 37, classes of urban roads; lanes and paths added below them.
    """

    EXPRESSWAY = "expressway", _("Expressway")  # 快速路
    ARTERIAL = "arterial", _("Arterial road")  # 主干路
    SECONDARY = "secondary", _("Secondary road")  # 次干路
    LOCAL = "local", _("Local road")  # 支路
    LANE = "lane", _("Lane")  # 街巷
    PATH = "path", _("Footpath")  # 步道


class BuildingKind(TextChoices):
    """What a building is used for."""

    RESIDENTIAL = "residential", _("Homes")
    OLD = "old", _("Old quarter")
    COMMERCIAL = "commercial", _("Shops and offices")
    PUBLIC = "public", _("Public building")
    SCHOOL = "school", _("School")
    HOSPITAL = "hospital", _("Hospital")
    INDUSTRIAL = "industrial", _("Works and halls")
    OTHER = "other", _("Other building")


class AreaKind(TextChoices):
    """What covers the ground, or what it is used for; ``places.layers`` draws them in this order, land first."""

    BLOCK = "block", _("Built-up land")
    RESIDENTIAL = "residential", _("Residential land")
    COMMERCIAL = "commercial", _("Commercial land")
    INDUSTRY = "industry", _("Industrial land")
    PUBLIC = "public", _("Public land")
    FARM = "farm", _("Farmland")
    WOOD = "wood", _("Woodland")
    GREEN = "green", _("Green space")
    PARK = "park", _("Park")
    SAND = "sand", _("Beach")
    SQUARE = "square", _("Square")
    WATER = "water", _("Water")


class AddressKind(TextChoices):
    """What an address names (地址数据类型).

    Source:
        GB/T 30428.3, as the domain page grid-and-codes 2.4 has it; points of interest have a table of their own.
    """

    DIVISION = "division", _("Administrative area")  # 行政区域
    BLOCK = "block", _("Block or zone")  # 地片与区片
    STREET = "street", _("Street or lane")  # 街巷
    DOOR = "door", _("Door or building plate")  # 门（楼）牌
    COMPOUND = "compound", _("Compound")  # 小区、院落
