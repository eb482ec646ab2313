"""The phrases of a city; a person's own are theirs alone and not shown here."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from typing_extensions import override

from cityloop.cases import models
from cityloop.kernel.forms import LinesField
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.long_lists import HiddenAdmin


class PhraseForm(forms.ModelForm):  # type: ignore[type-arg]  # a ModelForm takes no argument at run time
    posts = LinesField(label=_("Posts"), required=False, help_text=_("Codes of posts, one a line; none: all posts"))
    actions = LinesField(
        label=_("Actions"), required=False, help_text=_("Codes of actions, one a line; none: with any action")
    )

    class Meta:
        model = models.Phrase
        fields = ("jurisdiction", "text", "posts", "actions", "place")


@admin.register(models.Phrase)
class PhraseAdmin(HiddenAdmin):
    editors: ClassVar[frozenset[str]] = frozenset({"sysadmin", "data_admin"})
    form = PhraseForm
    list_display = ("text", "jurisdiction", "posts", "actions", "place")
    list_filter = ("jurisdiction",)
    search_fields = ("text",)
    ordering = ("jurisdiction", "place", "id")

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(person=None)
