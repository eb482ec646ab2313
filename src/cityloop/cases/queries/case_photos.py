"""The files of a case as its page shows them: by kind, before beside after, each with what is known of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from cityloop.cases.queries.files import CaseFile, Reuse
from cityloop.cases.queries.reckoned import near
from cityloop.cases.queries.timeline import EventLine
from cityloop.cases.queries.told import known_of, person_words, standing_words
from cityloop.cases.queries.wording import Wording
from cityloop.cases.rules.files import kind_of_shot
from cityloop.kernel.translation import _
from cityloop.media.choices import Kind as Media

BEFORE, AFTER, AS_REPORTED = "before", "after", ("close", "wide")
"""What the photos of disposal are of; where none was taken before it, those of the report show how it was."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file of the case. ``small`` shows it, ``large`` opens it; ``says`` stands where there is nothing to show.

    Args:
        facts: Size, when and where it was taken.
        sent: Who brought it, with which act, when.
        warns: It was used before, or looks like one that was.
        warns_of: The case in which it was, if the reader may see that.
    """

    kind: str
    title: str
    seq: int
    small: str
    large: str
    media: str
    says: str
    facts: str
    sent: str
    warns: str
    warns_of: str
    sha256: str = ""

    @property
    def is_photo(self) -> bool:
        return self.media == Media.PHOTO and bool(self.small and self.large)


@dataclass(frozen=True, slots=True)
class Pair:
    """How it was and how it is."""

    before: Picture
    after: Picture


def pictures_of(
    files: Iterable[CaseFile], lines: Iterable[EventLine], wording: Wording, now: datetime
) -> list[Picture]:
    """Return the files in words, in their order."""
    by_seq = {line.seq: line for line in lines}
    return [_picture(one, by_seq, wording, now) for one in files]


def groups_of(pictures: Iterable[Picture]) -> list[tuple[str, list[Picture]]]:
    """Return the pictures by what they are of, in the order in which each kind came first."""
    held = list(pictures)
    order = list(dict.fromkeys(one.title for one in held))
    rows = sorted(held, key=lambda one: order.index(one.title))
    return [(title, list(of_kind)) for title, of_kind in groupby(rows, key=attrgetter("title"))]


def pairs_of(pictures: Iterable[Picture]) -> list[Pair]:
    """Return the last photos of how it is now, each beside one of how it was: those of the same act first."""
    shown = [one for one in pictures if one.is_photo]
    afters = [one for one in shown if one.kind == AFTER]
    if not afters:
        return []
    last = afters[-1].seq
    afters = [one for one in afters if one.seq == last]
    befores = [one for one in shown if one.kind == BEFORE and one.seq == last]
    befores = (
        befores or [one for one in shown if one.kind == BEFORE] or [one for one in shown if one.kind in AS_REPORTED]
    )
    return [Pair(before, after) for before, after in zip(befores, afters, strict=False)]


def _picture(one: CaseFile, by_seq: Mapping[int, EventLine], wording: Wording, now: datetime) -> Picture:
    links = one.links or {}
    return Picture(
        kind=one.kind,
        title=kind_of_shot(one.kind),
        seq=one.seq,
        small=links.get("small", ""),
        large=links.get("large" if one.media == Media.PHOTO else "public", ""),
        media=str(one.media or ""),
        says=standing_words(one),
        facts=" · ".join(fact for fact in known_of(one) if fact),
        sent=_sent(by_seq.get(one.seq), wording, now),
        warns=_warning(one.alike),
        warns_of=(one.alike.number or "") if one.alike else "",
        sha256=one.sha256,
    )


def _sent(line: EventLine | None, wording: Wording, now: datetime) -> str:
    if line is None:
        return ""
    who = person_words(line.by) or line.post.name
    return " · ".join((line.action.name, who, near(line.at, wording, now)))


def _warning(alike: Reuse | None) -> str:
    if alike is None:
        return ""
    return _("The very same file was used before") if alike.same else _("Looks like a photo that was used before")
