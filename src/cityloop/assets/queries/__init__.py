"""Questions that other rooms put to the parts registry."""

from cityloop.assets.queries.parts import PartRow, counts_by_class, owners, part

__all__ = ["PartRow", "counts_by_class", "owners", "part"]
