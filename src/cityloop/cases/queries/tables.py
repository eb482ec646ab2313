"""The table that a city runs by: its own, or the one that comes with CityLoop.

A city's own versions count up from 1. Editions of CityLoop's own are kept too, as rows of no city, and count down from 0
(``actions.keep_default_table``): an upgrade that brings another text adds one, and a case goes on under the text that it
began under.
"""

from functools import lru_cache
from importlib.resources import files

from django.db.models import Max, Min, Q

from cityloop.cases import models
from cityloop.cases.rules.reading import read_table
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _
from cityloop.kernel.versions import versions_of

DEFAULT_VERSION = 0
"""The first edition of the table that comes with CityLoop; later ones lie below."""

NO_CITY = ""
"""The jurisdiction of the editions."""


def default_text() -> str:
    """Return the YAML of the table that comes with this CityLoop; what cities run by is ``text_in_force``."""
    return (files("cityloop.cases") / "tables" / "default.yaml").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def default_table() -> Table:
    return read_table(default_text())


@lru_cache(maxsize=512)
def _newest(jurisdiction: str, _versions: tuple[int, int]) -> tuple[int, int]:
    """Return the newest edition of CityLoop's table and the newest version of the city's own: one query."""
    newest = models.LoopTable.objects.filter(jurisdiction__in={NO_CITY, jurisdiction}).aggregate(
        edition=Min("version", filter=Q(jurisdiction=NO_CITY)),
        own=Max("version", filter=Q(version__gt=DEFAULT_VERSION)),
    )
    edition = newest["edition"] or DEFAULT_VERSION
    return edition, edition if newest["own"] is None else newest["own"]


def newest_version(jurisdiction: str, versions: tuple[int, int] | None = None) -> int:
    """Return the version in force; ``versions`` (``kernel.versions``) where the caller has read them already.

    Args:
        jurisdiction: Code of a city; ``""`` for the table that comes with CityLoop.
    """
    return _newest(jurisdiction, versions or versions_of(jurisdiction))[1]


def versions_known(jurisdiction: str, versions: tuple[int, int]) -> range:
    """Return all versions under which cases of a city may run: the editions of CityLoop's table, then its own."""
    edition, newest = _newest(jurisdiction, versions)
    return range(edition, max(newest, DEFAULT_VERSION) + 1)


@lru_cache(maxsize=512)
def table(jurisdiction: str, version: int) -> Table:
    """Return one version of a city's table; a version never changes.

    Raises:
        NotFound: There is no such version.
    """
    if version <= DEFAULT_VERSION and jurisdiction != NO_CITY:
        return table(NO_CITY, version)  # read once, however many cities run by it
    text = _text(jurisdiction, version)
    return default_table() if text == default_text() else read_table(text)


def _text(jurisdiction: str, version: int) -> str:
    of = jurisdiction if version > DEFAULT_VERSION else NO_CITY
    row = models.LoopTable.objects.filter(jurisdiction=of, version=version).first()
    if row is not None:
        return row.text
    if version == DEFAULT_VERSION:  # no edition has been kept yet
        return default_text()
    raise NotFound(
        _("There is no version %(version)d of the table of “%(city)s”.") % {"version": version, "city": jurisdiction}
    )


def table_in_force(jurisdiction: str) -> Table:
    return table(jurisdiction, newest_version(jurisdiction))


def text_in_force(jurisdiction: str) -> str:
    """Return the YAML of the table that a city runs by."""
    return _text(jurisdiction, newest_version(jurisdiction))
