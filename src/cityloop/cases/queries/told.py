"""Parts of a case in words, for whatever page shows them: its clocks with their reasons, who acted, what was said, its files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat

from cityloop.cases.choices import Light, Via
from cityloop.cases.queries.clock_lines import ClockReason, Extension
from cityloop.cases.queries.files import ABSENT, CaseFile
from cityloop.cases.queries.said import flag_words, in_words, label_of, labelled
from cityloop.cases.queries.timeline import EventLine
from cityloop.cases.queries.wording import Wording, duration
from cityloop.cases.queries.words import Coded, PersonName, Words
from cityloop.kernel.translation import _, listed
from cityloop.media.choices import Kind as Media
from cityloop.media.choices import State as FileState

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class ClockSheet:
    """A clock and why it is due when it is. ``facts`` are pairs of words; ``spans`` and ``pauses`` rows of words."""

    name: str
    light: str
    facts: list[tuple[str, str]]
    spans: Rows
    pauses: Rows


def light_words(light: Light) -> str:
    """Return the light in a word; nothing where no clock runs: no light is no light of its own."""
    return "" if light is Light.NONE else str(light.label)


def coded_words(coded: Coded | None) -> str:
    """Return what a code is called, with the code."""
    return f"{coded.name} ({coded.code})" if coded else ""


def person_words(person: PersonName | None) -> str:
    """Return who somebody is; a number where no name is known."""
    return person.name or f"#{person.id}" if person else ""


def flag_line(flag: Coded, value: Any, wording: Wording) -> str:
    """Return a flag, with what it says where it is more than a mark."""
    return flag.name if value is True else labelled(flag.name, flag_words(flag.code, value, wording))


def clock_sheet(reason: ClockReason, wording: Wording, calendars: Mapping[str, str]) -> ClockSheet:
    """Return a clock and why it is due when it is, in words."""
    line, told = reason.line, reason.explanation
    status = {"running": _("running"), "paused": _("standing still"), "stopped": _("stopped")}[line.status]
    unknown = {"paused": _("not known while it stands still"), "stopped": _("stopped before it was due")}
    calendar = _("round the clock")
    if told["calendar"]:
        name = calendars.get(told["calendar"], told["calendar"])
        calendar = _("%(calendar)s, version %(version)d") % {"calendar": name, "version": told["calendar_version"]}
    if told["earlier_versions"]:
        before = listed(str(version) for version in told["earlier_versions"])
        calendar = _("%(calendar)s (before: %(versions)s)") % {"calendar": calendar, "versions": before}
    facts = [
        (_("Now"), status),
        (_("Rule"), _rule(line.clock.code, told, wording.words)),
        (_("Calendar"), calendar),
        (_("Limit"), duration(told["limit_s"]) if told["until"] is None else ""),
        (_("Approved on top"), duration(told["extra_s"]) if told["extra_s"] else ""),
        (_("Approved by"), "; ".join(_extension(one, wording) for one in reason.extensions)),
        (_("Used"), duration(line.used_s)),
        (_("Left"), "" if line.left_s is None else duration(line.left_s)),
        (_("Due"), wording.when(told["due"]) or unknown.get(line.status, "")),
    ]
    return ClockSheet(
        line.clock.name,
        light_words(line.light),
        [(name, words) for name, words in facts if words],
        [_interval(start, end, wording) for start, end in told["spans"]],
        [_interval(start, end, wording) for start, end in told["pauses"]],
    )


def _extension(one: Extension, wording: Wording) -> str:
    who = " · ".join(part for part in (person_words(one.by), one.post.name) if part)
    return f"{duration(one.seconds)} · {who} · {wording.when(one.at)}"


def _rule(stage: str, told: Any, words: Words) -> str:
    """Return where the limit comes from: the stage's own in the table, or a filing condition's."""
    basis: str = told["basis"]
    if basis == stage:
        return _("the stage's own limit, from the table")
    condition, times, factor = basis.partition(" × ")
    named = words.condition(condition)
    parts = [f"{coded_words(named)}{times}{factor}" if named and named.name != named.code else basis, told["text"]]
    return " · ".join(part for part in parts if part)


def _interval(start: Any, end: Any, wording: Wording) -> list[str]:
    length = duration((end - start).total_seconds()) if end else ""
    return [wording.when(start), wording.when(end) or "…", length]


def actor_words(line: EventLine) -> str:
    """Return who acted, in which post, through which door."""
    parts = [person_words(line.by), line.post.name, str(Via(line.via).label)]
    if line.deputy_for:
        parts.insert(1, _("for %(name)s") % {"name": person_words(line.deputy_for)})
    return " · ".join(part for part in parts if part)


def said_words(line: EventLine, wording: Wording) -> str:
    """Return what was given and said with an act."""
    action = wording.words.loop.actions.get(line.action.code)
    needs = action.needs if action else {}
    inputs = [in_words(name, value, needs.get(name), wording) for name, value in line.inputs.items()]
    texts = [labelled(label_of(name), _("erased") if text is None else text) for name, text in line.texts.items()]
    return "; ".join([line.why] * bool(line.why) + inputs + texts)


def standing_words(file: CaseFile) -> str:
    """Return why there is nothing to be seen, or what there is to be heard; nothing where a picture is shown."""
    if file.state == ABSENT:
        return _("Not here")
    if file.erased_at is not None:
        return _("Erased: %(why)s") % {"why": file.why}
    if file.why:
        return _("Cannot be shown: %(why)s") % {"why": file.why}
    if file.state == FileState.WAITING:
        return str(FileState.WAITING.label)
    return str(Media.SOUND.label) if file.media == Media.SOUND else ""


def known_of(file: CaseFile) -> Iterator[str]:
    """Yield what is known of a file: its kind, size and length, when and where it was taken."""
    if file.media and file.media != Media.PHOTO:
        yield str(Media(file.media).label)
    if file.width:
        yield f"{file.width} × {file.height}"
    if file.seconds:
        yield duration(file.seconds)
    if file.bytes:
        yield filesizeformat(file.bytes)
    if file.taken:
        yield _("Taken: %(time)s") % {"time": file.taken.replace("T", " ")}
    if file.position:
        yield "{:.6f}, {:.6f}".format(*file.position)
