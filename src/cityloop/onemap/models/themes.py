"""Saved themes of the map."""

from collections.abc import Collection

from django.db import models
from typing_extensions import override

from cityloop.onemap.rules.themes import TITLE_LONGEST


class ThemeQuerySet(models.QuerySet["MapTheme"]):
    """Each method narrows; none evaluates."""

    def visible_to(self, owner: int, cities: Collection[str]) -> "ThemeQuerySet":
        """Themes of their own, and those that a city of theirs keeps for its staff."""
        return self.filter(models.Q(owner=owner, jurisdiction="") | models.Q(jurisdiction__in=sorted(cities)))


class MapTheme(models.Model):
    """How somebody shows the map (专题): layers, what lies under them, day, place. ``jurisdiction`` is ``""`` for one's own; else it
    is the city's, for all its staff. ``owner`` is who saved it.
    """

    id = models.BigAutoField(primary_key=True)
    owner = models.BigIntegerField()
    jurisdiction = models.CharField(max_length=6, blank=True, default="")
    title = models.CharField(max_length=TITLE_LONGEST)
    state = models.JSONField()
    changed_at = models.DateTimeField()
    objects = ThemeQuerySet.as_manager()

    class Meta:
        verbose_name = "theme of the map"
        verbose_name_plural = "themes of the map"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "title"], condition=models.Q(jurisdiction=""), name="own_theme_once"
            ),
            models.UniqueConstraint(
                fields=["jurisdiction", "title"], condition=~models.Q(jurisdiction=""), name="theme_of_a_city_once"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.title
