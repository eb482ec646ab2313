"""What the map keeps beside the rooms' own rows: where something changed, and how many stand in each cell.

Both are ledgers that triggers write (``onemap.watching``) in the transaction of the change, each statement a few rows of its own:
writers never wait for one another, and a reader sees exactly what has been committed. ``actions.settle`` draws rows together later;
no sum changes by that.
"""

from django.db import models
from typing_extensions import override


class Change(models.Model):
    """Something of a table has changed at a place (``rules.places``).

    ``stamp`` is 64 bits that no other change has. The stamps of a tile's places, joined by exclusive or, are the version of what it
    shows: another set of committed changes is another number.
    """

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=60)
    place = models.BigIntegerField()
    stamp = models.BigIntegerField()
    is_settled = models.BooleanField(default=False)

    class Meta:
        verbose_name = "change"
        verbose_name_plural = "changes"
        indexes = [
            models.Index(fields=["source", "place"], include=["stamp"], name="change_by_place"),
            models.Index(fields=["id"], name="change_to_settle", condition=models.Q(is_settled=False)),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.source} {self.place}"


class CountChange(models.Model):
    """How many more (or fewer) of a layer stand in one of the finest cells from a day on; not yet part of ``CellCount``.

    ``x_cm`` and ``y_cm`` are the sums of their distances from the world's north-western corner, in hundredths of a metre of Mercator:
    whole numbers, so that what goes takes away exactly what it brought.
    """

    id = models.BigAutoField(primary_key=True)
    layer = models.CharField(max_length=31)
    jurisdiction = models.CharField(max_length=6)
    cell = models.BigIntegerField()
    day = models.DateField()
    n = models.IntegerField()
    x_cm = models.BigIntegerField()
    y_cm = models.BigIntegerField()

    class Meta:
        verbose_name = "change of a count"
        verbose_name_plural = "changes of counts"
        indexes = [models.Index(fields=["layer", "jurisdiction", "cell"], name="count_change_by_cell")]

    @override
    def __str__(self) -> str:
        return f"{self.layer} {self.cell}: {self.n}"


class CellCount(models.Model):
    """How many more of a layer stand in a cell at the end of a span of days than at its beginning (``rules.counts``)."""

    id = models.BigAutoField(primary_key=True)
    layer = models.CharField(max_length=31)
    jurisdiction = models.CharField(max_length=6)
    level = models.SmallIntegerField()
    span = models.IntegerField()
    cell = models.BigIntegerField()
    n = models.IntegerField()
    x_cm = models.BigIntegerField()
    y_cm = models.BigIntegerField()

    class Meta:
        verbose_name = "count of a cell"
        verbose_name_plural = "counts of cells"
        constraints = [
            models.UniqueConstraint(
                fields=["layer", "jurisdiction", "level", "span", "cell"],
                include=["n", "x_cm", "y_cm"],
                name="cell_counted_once",
            )
        ]
        indexes = [
            models.Index(fields=["id"], name="cell_count_to_forget", condition=models.Q(n=0, x_cm=0, y_cm=0)),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.layer} {self.cell}: {self.n}"
