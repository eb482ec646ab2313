"""The table that a city runs by."""

from functools import lru_cache
from importlib.resources import files

from cityloop.cases import models
from cityloop.cases.rules.reading import read_table
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _
from cityloop.kernel.versions import versions_of

DEFAULT_VERSION = 0
"""The version of a case that runs under the table that comes with CityLoop."""


def default_text() -> str:
    """Return the YAML of the table that comes with CityLoop."""
    return (files("cityloop.cases") / "tables" / "default.yaml").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def default_table() -> Table:
    return read_table(default_text())


@lru_cache(maxsize=512)
def _newest(jurisdiction: str, _versions: tuple[int, int]) -> int:
    newest = (
        models.LoopTable.objects.filter(jurisdiction=jurisdiction)
        .order_by("-version")
        .values_list("version", flat=True)
        .first()
    )
    return newest or DEFAULT_VERSION


def newest_version(jurisdiction: str, versions: tuple[int, int] | None = None) -> int:
    """Return the version in force; ``versions`` (``kernel.versions``) where the caller has read them already."""
    return _newest(jurisdiction, versions or versions_of(jurisdiction))


@lru_cache(maxsize=512)
def table(jurisdiction: str, version: int) -> Table:
    """Return one version of a city's table; a version never changes.

    Raises:
        NotFound: There is no such version.
    """
    if version == DEFAULT_VERSION:
        return default_table()
    return read_table(_text(jurisdiction, version))


def _text(jurisdiction: str, version: int) -> str:
    if version == DEFAULT_VERSION:
        return default_text()
    row = models.LoopTable.objects.filter(jurisdiction=jurisdiction, version=version).first()
    if row is None:
        raise NotFound(
            _("There is no version %(version)d of the table of “%(city)s”.")
            % {"version": version, "city": jurisdiction}
        )
    return row.text


def table_in_force(jurisdiction: str) -> Table:
    return table(jurisdiction, newest_version(jurisdiction))


def text_in_force(jurisdiction: str) -> str:
    """Return the YAML of the table that a city runs by."""
    return _text(jurisdiction, newest_version(jurisdiction))
