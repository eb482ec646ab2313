"""What people do to the parts of a city: each a single transaction."""

from cityloop.assets.actions.adding import NewPart, add_parts
from cityloop.assets.actions.changing import (
    Cause,
    Wanted,
    cause_of,
    change_part,
    change_parts,
    create_part,
    undo_change,
)

__all__ = [
    "Cause",
    "NewPart",
    "Wanted",
    "add_parts",
    "cause_of",
    "change_part",
    "change_parts",
    "create_part",
    "undo_change",
]
