"""What people do to the parts of a city: each a single transaction."""

from cityloop.assets.actions.adding import NewPart, add_parts

__all__ = ["NewPart", "add_parts"]
