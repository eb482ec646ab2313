"""How the living city goes: its pace, whose turn is when, storms, and which cases people have open."""

from django.db import models
from typing_extensions import override


class Pace(models.Model):
    """How fast a demo city lives, and how far its simulation has come; one row for each.

    ``speed`` is what people chose; the city's clock may run otherwise for a while (``rules.pace``). ``done_until`` is a time of
    the city: all that was due up to then has been done. ``driven_at`` is the machine's time.
    """

    jurisdiction = models.CharField(primary_key=True, max_length=6)
    speed = models.FloatField()
    is_paused = models.BooleanField(default=False)
    waits_for_people = models.BooleanField(default=True)
    nights_are_short = models.BooleanField(default=True)
    done_until = models.DateTimeField()
    driven_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="pace_within_slider", condition=models.Q(speed__range=(1, 600)))]

    @override
    def __str__(self) -> str:
        return f"{self.jurisdiction} ×{self.speed:g}"


class Turn(models.Model):
    """A case of the simulation, and when somebody acts on it next by the city's time; ``due_at`` is empty where nobody will.

    ``state`` is the case's when that was planned: where it is another one by then, somebody was faster. ``n`` counts what was planned, so that each plan has a chance of its own; ``refused`` how often it could not be done.
    ``origin`` names the report that it began with, and keeps it from being reported twice; ``problem`` what it tells of.
    """

    number = models.CharField(primary_key=True, max_length=19)
    jurisdiction = models.CharField(max_length=6)
    origin = models.CharField(max_length=60)
    problem = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField(null=True)
    n = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "origin"], name="turn_reported_once")]
        indexes = [
            models.Index(
                fields=["jurisdiction", "due_at", "number"],
                name="turn_by_time",
                condition=models.Q(due_at__isnull=False),
            ),
            models.Index(fields=["jurisdiction", "problem"], name="turn_by_problem", condition=~models.Q(problem="")),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.number} {self.due_at}"


class Negative(models.Model):
    """A photo of the past that an event names and that nobody has drawn yet: which one of the album, and when it was taken.

    ``at`` is a time of the city. Whoever has drawn it takes the row away.
    """

    sha256 = models.CharField(primary_key=True, max_length=64)
    jurisdiction = models.CharField(max_length=6)
    category = models.CharField(max_length=60)
    number = models.IntegerField()
    view = models.CharField(max_length=10)
    take = models.SmallIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["jurisdiction", "-at", "sha256"], name="negative_newest_first")]

    @override
    def __str__(self) -> str:
        return f"{self.category} {self.number} {self.view}"


class Storm(models.Model):
    """Somebody let a storm come at ``at``, by the city's time."""

    jurisdiction = models.CharField(max_length=6)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["jurisdiction", "at"], name="storm_by_time")]

    @override
    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.at}"


class Watch(models.Model):
    """Somebody has a page of the demo open: which case is on it (``""`` for none), and when that was last heard of.

    ``seen_at`` is the machine's time.
    """

    person = models.BigIntegerField()
    jurisdiction = models.CharField(max_length=6)
    number = models.CharField(max_length=19)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "person", "number"], name="watch_once")]
        indexes = [models.Index(fields=["jurisdiction", "seen_at"], name="watch_by_time")]

    @override
    def __str__(self) -> str:
        return f"{self.person} {self.number}"
