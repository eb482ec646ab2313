"""The closed lists of words of this room."""

from django.db.models import TextChoices

from cityloop.kernel.translation import lazy as _


class Scheme(TextChoices):
    """The classification standards that the package carries; a table may hold further ones."""

    GB47678_2026 = "gb47678_2026", _("GB/T 47678.5-2026")
    GB30428_2013 = "gb30428_2013", _("GB/T 30428.2-2013")
    CJT214_2007 = "cjt214_2007", _("CJ/T 214-2007")


DEFAULT_SCHEME = Scheme.GB47678_2026.value


class ObjectType(TextChoices):
    """What a class describes. Part 01001 and matter 01001 both exist, so the type belongs to every key."""

    PART = "part", _("Part")  # 部件
    EVENT = "event", _("Matter")  # 事项 (2026), 事件 (2013, 2007)


class TimeUnit(TextChoices):
    """Units of a limit. The continuous ones run through nights and holidays, the others by the working calendar."""

    URGENT_HOUR = "urgent_hour", _("urgent hours")  # 紧急工作时
    URGENT_DAY = "urgent_day", _("urgent days")  # 紧急工作日
    WORK_HOUR = "work_hour", _("working hours")  # 工作时
    WORK_DAY = "work_day", _("working days")  # 工作日
    NATURAL_HOUR = "natural_hour", _("hours")  # 自然时
    NATURAL_DAY = "natural_day", _("days")  # 自然日
    MINUTE = "minute", _("minutes")  # 分钟
    WORK_MINUTE = "work_minute", _("working minutes")  # 工作分钟


class RegionLevel(TextChoices):
    """The five levels of the region tree."""

    PROVINCE = "province", _("Province")  # 省
    CITY = "city", _("City")  # 市
    DISTRICT = "district", _("District")  # 区县
    STREET = "street", _("Street or town")  # 街道、乡镇
    COMMUNITY = "community", _("Community or village")  # 社区、村


class Geometry(TextChoices):
    POINT = "point", _("Point")
    LINE = "line", _("Line")
    POLYGON = "polygon", _("Polygon")


class Accuracy(TextChoices):
    """How exactly a part is to be surveyed."""

    A = "A", _("A: ±0.5 m")
    B = "B", _("B: ±1.0 m")
    C = "C", _("C: ±10 m")


class CodeBasis(TextChoices):
    """Whether a class's code was read in a source or follows from a rule."""

    SEEN = "seen", _("Read in a source")
    INFERRED = "inferred", _("Inferred")


class Confidence(TextChoices):
    """How well a class is founded."""

    VERIFIED = "verified", _("Code and limits read in sources")
    KNOWN = "known", _("Code read, limits by analogy")
    DEFAULT = "default", _("Code inferred")


class LimitBasis(TextChoices):
    """Where a limit comes from."""

    CITY = "city", _("A city's published standard")
    ANALOGY = "analogy", _("A sibling class")
    LOCAL = "local", _("Set here")
