"""The tables of this room, each file one idea."""

from cityloop.assets.models.parts import Part, PartQuerySet

__all__ = ["Part", "PartQuerySet"]
