"""All pictures of an import are looked at, one after another: what each becomes, or why it is not taken."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from cityloop.geography.queries import extent, locate
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.sheets import Row
from cityloop.kernel.translation import _, listed
from cityloop.media import store
from cityloop.onemap.actions import streetview as onemap
from cityloop.onemap.actions.streetview import FoundPicture
from cityloop.onemap.queries.streetview import StreetRun, digests_of, pictures_of
from cityloop.onemap.rules.streetview import headings_along
from cityloop.organisation.queries import city
from cityloop.places.rules.position_list import FILE, Listed, by_picture, columns_of, listed_of, name_of
from cityloop.places.rules.street_pictures import Judged, Refused, judge
from cityloop.places.streetview.reading import digest_of, see
from cityloop.places.streetview.sources import Member, Source, is_list, rows_of

logger = logging.getLogger(__name__)

AT_ONCE: Final = 20
"""Pictures that are written down together: so often the page sees how far it is."""

FIRST_ROWS: Final = 50

Progress = Callable[[int, int], None]


def nobody(_done: int, _total: int) -> None:
    """Tell nobody how far it is."""


@dataclass(slots=True)
class _Check:
    run: StreetRun
    source: Source
    listed: dict[str, Listed]
    extent: tuple[float, float, float, float]
    folder: Path
    clock: Callable[[], datetime]


def check(run: StreetRun, source: Source, *, clock: Callable[[], datetime], progress: Progress = nobody) -> None:
    """Look at all pictures of an import; what was found before a worker was killed is found anew.

    Raises:
        InvalidInput: Nothing can be read of it, or its list names neither pictures nor positions.
        NotFound: The city has no area yet.
        TooLarge: There are too many files in it.
        Unavailable: Nothing can be written.
    """
    onemap.forget_pictures(run)
    members = source.members()
    pictures = [one for one in members if not is_list(one.name)]
    box = extent(run.jurisdiction, city(run.jurisdiction).today())
    with store.work_folder() as folder:
        rows = _list_of(source, [one for one in members if is_list(one.name)], folder)
        one_check = _Check(run, source, by_picture(rows), (box.west, box.south, box.east, box.north), folder, clock)
        found: list[FoundPicture] = []
        digests: dict[str, str] = {}
        used: set[int] = set()
        for number, member in enumerate(pictures, 1):
            found.append(_found(one_check, number, member, digests, used))
            if len(found) == AT_ONCE or number == len(pictures):
                onemap.note(run, _known_apart(run, found), done=number, total=len(pictures), now=clock())
                found = []
                progress(number, len(pictures))
        missing = [row for row in rows if row.row not in used]
        lines = [
            FoundPicture(len(pictures) + place, row.file or "–", reason="no_picture", given={"row": str(row.row)})
            for place, row in enumerate(missing, 1)
        ]
        onemap.note(run, lines, done=len(pictures), total=len(pictures), now=clock())
    _look_along(run)
    onemap.checked(run, now=clock())
    logger.info("street view %s: %d pictures checked", run.id, len(pictures))


def _list_of(source: Source, members: Sequence[Member], folder: Path) -> list[Listed]:
    """Return the lines of the list of positions; none where none came.

    Raises:
        InvalidInput: It cannot be read, or nobody can tell which column holds what.
    """
    found: list[Listed] = []
    for member in members:
        path = folder / "list"
        try:
            source.copy(member, path)
        except Refused:
            raise InvalidInput(
                _("The list “%(file)s” cannot be read. Pack it again.") % {"file": member.name}
            ) from None
        rows = rows_of(path, member.name)
        if rows:
            found += list(_lines(rows, member.name))
    return found


def _lines(rows: Sequence[Row], name: str) -> Iterator[Listed]:
    columns = columns_of(list(rows[0].cells), [row.cells for row in rows[:FIRST_ROWS]])
    if columns is None:
        words = _(
            "The list “%(file)s” needs a column that names the pictures (%(names)s) and two with longitude and latitude. It has: %(columns)s."
        )
        given = {"file": name, "names": listed(["file", *[one for one in FILE if not one.isascii()][:2]])}
        raise InvalidInput(words % {**given, "columns": listed(one[:20] for one in list(rows[0].cells)[:12])})
    for row in rows:
        yield listed_of(row.number, row.cells, columns)


def _found(check: _Check, number: int, member: Member, digests: dict[str, str], used: set[int]) -> FoundPicture:
    line = check.listed.get(name_of(member.name)) or check.listed.get(name_of(member.name).rsplit("/", 1)[-1])
    if line:
        used.add(line.row)
    path, sha256 = check.folder / "picture", ""
    try:
        check.source.copy(member, path)
        sha256 = digest_of(path)
        judged = _judged(check, path, line, digests.get(sha256))
    except Refused as exc:
        judged = exc.judged
    finally:
        path.unlink(missing_ok=True)
    if sha256:
        digests.setdefault(sha256, member.name)
    return FoundPicture(
        number, member.name, sha256, judged.shot, judged.day, judged.reason, judged.given, judged.notes
    )  # fmt: skip


def _judged(check: _Check, path: Path, line: Listed | None, other: str | None) -> Judged:
    if other:
        raise Refused("doubled", other=other)
    now, home = check.clock(), city(check.run.jurisdiction)
    seen = see(path, now=now)
    judged = judge(seen, line, system=check.run.system, extent=check.extent, zone=home.time_zone, now=now)
    shot = judged.shot
    if shot and locate(shot.lon, shot.lat, home.today(), jurisdiction=check.run.jurisdiction) is None:
        raise Refused("outside", at=f"{shot.lon:.5f}, {shot.lat:.5f}")
    return judged


def _known_apart(run: StreetRun, found: list[FoundPicture]) -> list[FoundPicture]:
    """Return what was found, without the pictures that stand in the city's street view already."""
    known = digests_of(run.jurisdiction, {one.sha256 for one in found if not one.reason})
    return [
        replace(one, shot=None, day=None, reason="known", notes=()) if not one.reason and one.sha256 in known else one
        for one in found
    ]


def _look_along(run: StreetRun) -> None:
    """Let panoramas that do not say where they look do so along the way that was driven: cameras on cars are mounted so."""
    rows = pictures_of(run, bad=False)
    facts = [(row.number, row.facts) for row in rows]
    ways = headings_along([(one["lon"], one["lat"]) for _number, one in facts])
    onemap.turn(
        run,
        {
            number: way
            for (number, one), way in zip(facts, ways, strict=True)
            if way is not None and one["heading_deg"] is None and one["kind"] == "pano"
        },
    )
