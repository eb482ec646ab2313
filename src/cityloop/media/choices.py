"""The words of this room."""

from django.db.models import TextChoices

from cityloop.kernel.translation import lazy as _


class Kind(TextChoices):
    """What a file is to a person."""

    PHOTO = "photo", _("Photo")
    VIDEO = "video", _("Video")
    SOUND = "sound", _("Sound recording")


class State(TextChoices):
    """How far the background work on a file has come."""

    WAITING = "waiting", _("Being prepared")
    READY = "ready", _("Ready")
    BROKEN = "broken", _("Cannot be shown")
    ERASED = "erased", _("Erased for good")


class Variant(TextChoices):
    """What is stored of a file beside one another."""

    ORIGINAL = "original", _("Original, as it was sent")
    PUBLIC = "public", _("Copy without metadata")
    LARGE = "large", _("Picture of at most 1280 px")
    SMALL = "small", _("Picture of at most 320 px")
    SQUARES = "squares", _("Panorama in squares")
