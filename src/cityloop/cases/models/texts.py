"""What people said about a case, apart from its events so that it can be erased, and its words for the search."""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db.models import Func, Q, Value
from django.db.models.functions import Right
from typing_extensions import override

from cityloop.cases.models.cases import Case
from cityloop.kernel.translation import lazy as _

PHONE_DIGITS = Right(Func("text", Value(r"\D"), Value(""), Value("g"), function="regexp_replace"), 11)
"""The last eleven digits of a phone number, however it was typed."""


class CaseText(models.Model):
    """Free text and personal data of an event. The event holds a salted digest, so erasing a row breaks no chain.

    ``over_at`` and ``over_in`` of a personal one: since when its case is over (its last act), and in which city; triggers
    keep them (migration ``0010_text_over``).
    """

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="texts", db_index=False
    )  # the constraint's index begins with it
    seq = models.IntegerField(_("event"))
    field = models.CharField(_("field"), max_length=40)
    text = models.TextField(null=True)
    salt = models.BinaryField(max_length=16, null=True)
    personal = models.BooleanField(_("personal"), default=False)
    erased_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True, editable=False)
    over_in = models.CharField(max_length=6, blank=True, default="", db_default="", editable=False)

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        constraints = [
            models.UniqueConstraint(fields=["case", "seq", "field"], name="text_once_in_an_event"),
            models.CheckConstraint(
                name="text_erased_with_its_salt",
                condition=Q(erased_at=None, text__isnull=False, salt__isnull=False)
                | Q(erased_at__isnull=False, text=None, salt=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["over_in", "over_at"],
                name="text_due",
                condition=Q(personal=True, erased_at=None, over_at__isnull=False),
            ),
            # Who called from a number: its digits, the last eleven of them; what is erased is gone from here too.
            models.Index(
                PHONE_DIGITS, "case_id", name="text_by_phone", condition=Q(field="reporter_phone", text__isnull=False)
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.field


class CaseWords(models.Model):
    """What words find a case: its address, its description and its number elsewhere, as they stand now, and nothing personal.

    A projection in a row of its own: a case's row is written with every act, these words hardly ever. ``grams`` are the pairs of
    neighbouring characters in ``said`` (``rules/bigrams.py``), which an index leads by.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="words")
    said = models.TextField(_("words by which it is found"))
    grams = ArrayField(models.IntegerField())

    class Meta:
        verbose_name = _("words of a case")
        verbose_name_plural = _("words of cases")
        indexes = [GinIndex(fields=["grams"], name="words_by_grams")]

    @override
    def __str__(self) -> str:
        return self.said
