"""What people at the desks keep beside the cases: searches, phone numbers looked for, exports, phrases, favourites, whom they follow."""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from typing_extensions import override

from cityloop.cases.models.cases import Case
from cityloop.kernel.ids import uuid7
from cityloop.kernel.runs import Run
from cityloop.kernel.translation import lazy as _


class SavedSearch(models.Model):
    """A search that somebody kept for themselves, by its name: the query of its address."""

    owner = models.BigIntegerField(_("kept by"))
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(_("query"), max_length=4000)

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_search_once")]

    @override
    def __str__(self) -> str:
        return self.name


class SoughtPhone(models.Model):
    """A phone number that somebody looks for: its key stands in addresses in its place, for its owner, for an hour."""

    key = models.CharField(_("key"), max_length=40, primary_key=True)
    owner = models.BigIntegerField(_("looked for by"))
    phone = models.CharField(_("phone"), max_length=30)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("phone number looked for")
        verbose_name_plural = _("phone numbers looked for")
        constraints = [models.UniqueConstraint(fields=["owner", "phone"], name="sought_phone_once")]
        indexes = [models.Index(fields=["at"], name="sought_phone_by_time")]

    @override
    def __str__(self) -> str:
        return self.key


class Export(Run):
    """What a search finds, written into a workbook in the background for whoever asked, who alone may fetch it for a day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.BigIntegerField(_("asked for by"))
    post = models.CharField(_("post"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10)
    query = models.CharField(_("query"), max_length=4000)
    rows = models.IntegerField(_("rows"), default=0)
    about = models.IntegerField(_("rows, about"), default=0)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["owner", "-asked_at"], name="export_by_owner"),
            models.Index(fields=["asked_at"], name="export_by_time"),
        ]

    @override
    def __str__(self) -> str:
        return str(self.id)


class Phrase(models.Model):
    """A sentence that is said again and again (常用语): a city's, for all who work there or some posts, or a person's own.

    ``actions``: only with these; none means with any. It is offered, never stored by reference: a case keeps its own words.
    """

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    person = models.BigIntegerField(_("person"), null=True, blank=True, editable=False)
    text = models.CharField(_("phrase"), max_length=500)
    posts = ArrayField(models.CharField(max_length=40), verbose_name=_("posts"), default=list, blank=True)
    actions = ArrayField(models.CharField(max_length=40), verbose_name=_("actions"), default=list, blank=True)
    place = models.IntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("phrase")
        verbose_name_plural = _("phrases")
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "person", "text"], name="phrase_once", nulls_distinct=False
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.text[:40]


class FavouriteClass(models.Model):
    """A class that somebody reports so often that they want it first in the list (收藏)."""

    person = models.BigIntegerField(_("person"))
    category = models.CharField(_("class"), max_length=96)

    class Meta:
        verbose_name = _("favourite class")
        verbose_name_plural = _("favourite classes")
        constraints = [models.UniqueConstraint(fields=["person", "category"], name="favourite_class_once")]

    @override
    def __str__(self) -> str:
        return self.category


class Following(models.Model):
    """Somebody follows a case (关注) and is told when it moves, for as long as they may see it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="followings", db_index=False)
    person = models.BigIntegerField(_("person"))
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("following")
        verbose_name_plural = _("followings")
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="following_once")]
        indexes = [models.Index(fields=["person", "-since"], name="following_by_person")]

    @override
    def __str__(self) -> str:
        return f"{self.person}: {self.case_id}"
