"""Pure rules of imports: what a row can become, which column holds what, what is wrong with it."""

from cityloop.assets.rules.imports.fields import Field, FieldKind
from cityloop.assets.rules.imports.rows import Found, Rows

__all__ = ["Field", "FieldKind", "Found", "Rows"]
