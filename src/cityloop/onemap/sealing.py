"""Keys of other services, kept so that a copy of the database alone does not tell them."""

from cityloop.kernel.hiding import hidden, revealed

PURPOSE = "cityloop.onemap.basemap"


def sealed(key: str) -> str:
    """Return a key as it is kept; "" for none."""
    return hidden(key, salt=PURPOSE) if key else ""


def opened(kept: str) -> str:
    """Return a kept key; "" where it was sealed by another installation's secret."""
    try:
        return str(revealed(kept, salt=PURPOSE)) if kept else ""
    except ValueError:
        return ""
