"""Notices, and who has read which."""

from django.db import models
from django.db.models import Q
from typing_extensions import override

from cityloop.kernel.translation import lazy as _


class Notice(models.Model):
    """Something a party is told. The party is a post of a jurisdiction, narrowed to a department or a person where given."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    kind = models.CharField(_("kind"), max_length=40)
    subject = models.CharField(_("subject"), max_length=40)
    post = models.CharField(_("post"), max_length=40, blank=True)
    department_id = models.BigIntegerField(_("department"), null=True)
    person = models.BigIntegerField(_("person"), null=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(
                "jurisdiction",
                "post",
                "department_id",
                models.F("id").desc(),
                name="notice_by_party",
                condition=Q(person__isnull=True),
            ),
            models.Index("person", models.F("id").desc(), name="notice_by_person", condition=Q(person__isnull=False)),
        ]

    @override
    def __str__(self) -> str:
        return self.subject


class Reading(models.Model):
    """Up to which notice a person has read."""

    person = models.BigIntegerField(_("person"), primary_key=True)
    read_to = models.BigIntegerField(_("read up to notice"))

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")

    @override
    def __str__(self) -> str:
        return f"{self.person}: {self.read_to}"
