"""The closed lists of this room."""

from django.db.models import TextChoices

from cityloop.kernel.translation import lazy as _


class Axis(TextChoices):
    """The two axes of digital urban management (两个轴心); who checks is never who handles."""

    SUPERVISION = "supervision", _("Supervision")
    COMMAND = "command", _("Command")
    BOTH = "both", _("Both axes")
    NONE = "none", _("Neither axis")


class Sight(TextChoices):
    """How far a post sees. ``rules.scope`` is the one place that reads it."""

    CENTRE = "centre", _("The whole jurisdiction and those below it")
    DEPARTMENT = "department", _("What concerns the department and its units")
    HANDLER = "handler", _("What is assigned to the person, or concerns the department")
    FIELD = "field", _("Own duty grids, own reports and own tasks")
    OWN = "own", _("Own reports only")


class Language(TextChoices):
    ZH_HANS = "zh-hans", "简体中文"
    EN = "en", "English"


class OverrideKind(TextChoices):
    """What a city does to a class of the standard's catalogue."""

    DISABLE = "disable", _("Do not use this class")
    ADD = "add", _("A class of the city's own")


class TokenScope(TextChoices):
    """What a token may be used for, at most: never more than its owner may do."""

    READ = "read", _("Read")
    WRITE = "write", _("Read and act")
    GEODATA = "geodata", _("Read the map's base data, never cases")
