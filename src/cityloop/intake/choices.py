"""The words of a replay: why a row was refused, and what was noticed about a row that was taken."""

from django.db.models import TextChoices

from cityloop.kernel.translation import lazy as _


class Refused(TextChoices):
    """Why a row of a file became no case. Each is counted, and each row is listed."""

    BROKEN_ROW = "broken_row", _("The row cannot be read")
    NO_ID = "no_id", _("The row has no number of its own")
    NO_TIME = "no_time", _("The row has no time of report")
    BAD_TIME = "bad_time", _("A time cannot be read")
    IMPLAUSIBLE_TIME = "implausible_time", _("A time lies outside what is plausible")
    NEGATIVE_DURATION = "negative_duration", _("Closed before it was reported")
    UNKNOWN_CLASS = "unknown_class", _("The mapping has no place for this class")
    STATUS = "status", _("The mapping refuses this status")
    PATTERN = "pattern", _("The mapping refuses rows like this")
    TWICE = "twice", _("A row with this number came before in the file")
    LOOP = "loop", _("The loop refused the case")


class Noticed(TextChoices):
    """What was wrong with a row that was taken all the same: it is counted, and the row stays workable."""

    NO_POSITION = "no_position", _("Without a position in the file")
    WHOLE_DEGREES = "whole_degrees", _("Position cut to whole degrees: dropped")
    UNREADABLE_POSITION = "unreadable_position", _("Position cannot be read: dropped")
    FAR_AWAY = "far_away", _("Position outside the extent: dropped")
    BAD_DUE = "bad_due", _("Foreign due date cannot be read: dropped")
    CLOSED_WITHOUT_TIME = "closed_without_time", _("Closed, says its status, but no one knows when: stays open")
    OPEN_WITH_TIME = "open_with_time", _("Open, says its status: its closing time is left aside")
    BAD_TEXT = "bad_text", _("Letters that the file's encoding cannot read")
    TEXT_CUT = "text_cut", _("Text cut to the longest that fits")
    CLASS_BY_DEFAULT = "class_by_default", _("Class not in the mapping: its default taken")
    STATUS_BY_TIMES = (
        "status_by_times",
        _("Status not in the mapping: closed where the row has a closing time, else open"),
    )
    SOURCE_BY_DEFAULT = "source_by_default", _("Channel not in the mapping: its default taken")


class Answer(TextChoices):
    """How somebody came by a follow-up code."""

    REPORT = "report", _("Reported it")
    ME_TOO = "me_too", _("Said so too")
