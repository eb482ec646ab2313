"""The table that a city runs by: its own, or the one that comes with CityLoop.

A city's own versions count up from 1. Each holds for the cases that begin from its instant on, by the city's clock, until
the next one does; what is planned is read with the version rows, so that no statement more is made when the instant comes.
Editions of CityLoop's own are kept too, as rows of no city, and count down from 0
(``actions.keep_default_table``): an upgrade that brings another text adds one, and a case goes on under the text that it
began under.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from cityloop.cases import models
from cityloop.cases.rules.reading import read_table
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _, listed
from cityloop.kernel.versions import versions_of
from cityloop.organisation import queries as organisation

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


class Plan(NamedTuple):
    """Which version of a city's table holds when, as it is planned now.

    Attributes:
        edition: The newest edition of CityLoop's table: it holds before the first of ``begins``.
        newest: The last version made, drafts and planned ones with it; the edition where there is none.
        begins, versions: From which instant on which version holds, in order.
    """

    edition: int
    newest: int
    begins: tuple[datetime, ...]
    versions: tuple[int, ...]

    def at(self, instant: datetime) -> int:
        place = bisect_right(self.begins, instant)
        return self.versions[place - 1] if place else self.edition


@lru_cache(maxsize=512)
def _plan(jurisdiction: str, _versions: tuple[int, int]) -> Plan:
    """Return a city's plan: one query when a version was made, planned or withdrawn; that a time comes needs none."""
    editions, own = [DEFAULT_VERSION], list[tuple[datetime, int]]()
    newest = 0
    rows = models.LoopTable.objects.filter(jurisdiction__in={NO_CITY, jurisdiction}).order_by("version")
    for code, version, effective_from in rows.values_list("jurisdiction", "version", "effective_from"):
        if code == NO_CITY:
            editions.append(version)
            continue
        newest = max(newest, version)
        if effective_from is not None:
            own.append((effective_from, version))
    own.sort()
    edition = min(editions)
    return Plan(
        edition,
        newest or edition,
        tuple(begins for begins, _version in own),
        tuple(version for _begins, version in own),
    )


def plan_of(jurisdiction: str, versions: tuple[int, int] | None = None) -> Plan:
    """Return which version of a city's table holds when.

    Args:
        jurisdiction: Code of a city; ``""`` for the table that comes with CityLoop.
        versions: What ``kernel.versions`` says, where the caller has read it already.
    """
    return _plan(jurisdiction, versions or versions_of(jurisdiction))


def version_in_force(jurisdiction: str, versions: tuple[int, int] | None = None, at: datetime | None = None) -> int:
    """Return the version that holds for the cases which begin at ``at``.

    Args:
        jurisdiction: Code of a city; ``""`` for the table that comes with CityLoop.
        versions: What ``kernel.versions`` says, where the caller has read it already.
        at: By the city's clock; None asks it.
    """
    plan = plan_of(jurisdiction, versions)
    if not plan.begins:
        return plan.edition
    return plan.at(at or organisation.city(jurisdiction).now())


def versions_known(jurisdiction: str, versions: tuple[int, int]) -> range:
    """Return all versions under which cases of a city may run: the editions of CityLoop's table, then its own."""
    plan = plan_of(jurisdiction, versions)
    return range(plan.edition, max(plan.newest, DEFAULT_VERSION) + 1)


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
    return table(jurisdiction, version_in_force(jurisdiction))


def text_of(jurisdiction: str, version: int) -> str:
    """Return the YAML of one version of a city's table.

    Raises:
        NotFound: There is no such version.
    """
    return _text(jurisdiction, version)


def text_in_force(jurisdiction: str) -> str:
    """Return the YAML of the table that a city runs by."""
    return _text(jurisdiction, version_in_force(jurisdiction))


EXAMPLES = ("service_request", "verified_first")
"""Tables of other kinds of cities, complete and ready to be set: files beside the one that comes with CityLoop."""


def example_text(name: str) -> str:
    """Return the YAML of one of ``EXAMPLES``.

    Raises:
        NotFound: There is none of this name.
    """
    if name not in EXAMPLES:
        raise NotFound(
            _("There is no example “%(name)s”; there are: %(names)s.") % {"name": name[:40], "names": listed(EXAMPLES)}
        )
    return (files("cityloop.cases") / "tables" / f"{name}.yaml").read_text(encoding="utf-8")


class Standing(StrEnum):
    """How a version of a city's table stands now."""

    DRAFT = "draft"
    PLANNED = "planned"
    IN_FORCE = "in_force"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a city's own table; ``effective_from`` is by the city's clock, None for a draft."""

    id: int
    version: int
    standing: Standing
    effective_from: datetime | None
    note: str
    created_at: datetime
    created_by: int | None


def version_lines(jurisdiction: str) -> list[VersionLine]:
    """Return the versions of a city's own table, the newest first."""
    city = organisation.city(jurisdiction)
    now = city.now()
    current = version_in_force(jurisdiction, city.versions, now)
    rows = models.LoopTable.objects.filter(jurisdiction=jurisdiction).defer("text").order_by("-version")
    return [
        VersionLine(
            row.id, row.version, standing(row.version, row.effective_from, current, now), row.effective_from, row.note,
            row.created_at, row.created_by,
        )
        for row in rows
    ]  # fmt: skip


def standing(version: int, effective_from: datetime | None, current: int, now: datetime) -> Standing:
    """Return how a version stands, where ``current`` is the one in force at ``now``."""
    if effective_from is None:
        return Standing.DRAFT
    if effective_from > now:
        return Standing.PLANNED
    return Standing.IN_FORCE if version == current else Standing.PAST
