"""Questions about the catalogues."""

from collections.abc import Mapping

from cityloop.standards import package
from cityloop.standards.rules import Category


def package_catalogue() -> Mapping[str, Category]:
    """Return the classes of all schemes that the package carries, by key; no database is asked."""
    return {one.key: one for one in package.package().categories}
