"""Closed lists of the loop. States and actions are not among them: they come from the city's table."""

from django.db.models import TextChoices

from cityloop.kernel.translation import lazy


class Kind(TextChoices):
    """What kind of state a case is in: the only thing about a state that code may ask."""

    WAITING = "waiting", lazy("Waiting")
    WORKING = "working", lazy("Working")
    PAUSED = "paused", lazy("Paused")
    CLOSED = "closed", lazy("Closed")
    VOID = "void", lazy("Void")


OPEN_KINDS = frozenset({Kind.WAITING, Kind.WORKING, Kind.PAUSED})


class Via(TextChoices):
    """Through which door an event came."""

    API = "api", lazy("API")
    DESK = "desk", lazy("Desk")
    SYSTEM = "system", lazy("System")
    REPLAYED = "replayed", lazy("Replayed")
    DEMO = "demo", lazy("Demonstration")
    PUBLIC = "public", lazy("Public page")


HISTORIES = frozenset({Via.REPLAYED, Via.DEMO})
"""Doors through which the system tells what happened elsewhere: nobody is urged for it until somebody acts."""


class Shown(TextChoices):
    """Where somebody saw who reported a case."""

    CASE = "case", lazy("The case")
    TIMELINE = "timeline", lazy("What happened to it")
    SEARCH = "search", lazy("Search by phone")
    CALL = "call", lazy("Earlier calls")
    EXPORT = "export", lazy("Export")


class Light(TextChoices):
    """The traffic light of a clock (红黄绿灯)."""

    GREEN = "green", lazy("Green")
    YELLOW = "yellow", lazy("Yellow")
    RED = "red", lazy("Red")
    DOUBLE_RED = "double_red", lazy("Double red")
    PAUSED = "paused", lazy("Paused")
    NONE = "none", lazy("None")
