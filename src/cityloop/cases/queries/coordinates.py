"""Where a case lies, as two numbers that the database takes out of its point."""

from django.db.models import F, FloatField, Func


def coordinates(point: str) -> dict[str, Func]:
    """Return ``lon`` and ``lat`` for ``annotate``: degrees, WGS 84, of the point that the path ``point`` leads to."""
    return {
        name: Func(F(point), function=function, output_field=FloatField())
        for name, function in (("lon", "ST_X"), ("lat", "ST_Y"))
    }
