"""Photos, sound and papers of a case."""

from django.contrib.gis.db import models
from typing_extensions import override

from cityloop.cases.models.cases import Case
from cityloop.kernel.translation import lazy as _


class Attachment(models.Model):
    """A file that an event names: a projection, so that files are found by case and cases by file (``rules/files.py``).

    ``sha256`` names a file of the media room in the city ``lies_in``, mostly the case's own. A case that was told as history
    may name one that is not there.
    """

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="attachments", db_index=False
    )  # the constraint's index begins with it
    seq = models.IntegerField(_("event"))
    n = models.IntegerField(_("number in the event"))
    kind = models.CharField(_("what it is of"), max_length=40)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    lies_in = models.CharField(_("kept by the city"), max_length=6)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [models.UniqueConstraint(fields=["case", "seq", "n"], name="attachment_once_in_an_event")]
        indexes = [models.Index(fields=["sha256", "lies_in"], name="attachment_by_file")]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.sha256[:12]}"
