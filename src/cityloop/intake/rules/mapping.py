"""What a mapping file says: how the columns of somebody else's file become cases of a city.

The file is YAML; ``docs/how-to/replay-requests.md`` explains it by example and the shipped ones stand in ``mappings/``.
The model is strict: an unknown field, a number where a text belongs or a department nobody made is refused, with the
line it stands on (``mapping_file``).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from string import Formatter
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from cityloop.kernel.translation import _, listed
from cityloop.organisation.rules.calendar_rule import CalendarRule

Source = Literal[
    "collector", "hotline", "transfer_12345", "wechat", "app", "web", "video_ai", "iot", "vehicle", "drone",
    "leader", "media", "inspection", "census", "enforcement",
]  # fmt: skip
"""Where a case comes from (问题来源): the sources that the loop's own table knows."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ISO_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
SPECIAL_FORMATS = ("iso", "unix", "unix_ms")
_SPAN = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$")


def known_zone(name: str) -> str:
    """Return ``name`` if it is a time zone of the tz database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as exc:
        raise ValueError(
            _("“%(name)s” is no time zone; write one like Asia/Shanghai or America/New_York") % {"name": name}
        ) from exc
    return name


def readable_format(text: str) -> str:
    """Return ``text`` if a time can be written and read with it."""
    if text in SPECIAL_FORMATS:
        return text
    try:
        datetime.strptime(datetime(2001, 2, 3, 14, 5, 6, tzinfo=UTC).strftime(text), text)  # noqa: DTZ007
    except ValueError as exc:
        raise ValueError(
            _("“%(text)s” is no format of a time; write one like %%Y-%%m-%%d %%H:%%M:%%S, or iso, unix, unix_ms")
            % {"text": text}
        ) from exc
    if "%Y" not in text and "%y" not in text:
        raise ValueError(_("“%(text)s” has no year; add %%Y") % {"text": text})
    return text


def columns_in(template: str) -> tuple[str, ...]:
    """Return the columns that a text such as ``"{street} {number}"`` names, in order."""
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name)


def sound_template(template: str) -> str:
    """Return ``template`` if it names at least one column in braces."""
    try:
        names = columns_in(template)
    except ValueError as exc:
        raise ValueError(_("the braces of “%(text)s” do not close; write {column}") % {"text": template}) from exc
    if not names:
        raise ValueError(_("“%(text)s” names no column; write {column}") % {"text": template})
    return template


def compiled_pattern(text: str) -> str:
    """Return ``text`` if it is a regular expression."""
    try:
        re.compile(text)
    except re.error as exc:
        raise ValueError(_("“%(text)s” is no regular expression") % {"text": text}) from exc
    return text


def as_list(value: object) -> object:
    """Take a single text where a list may stand, and a list where strict pydantic wants a tuple."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def minutes_of_span(text: str) -> tuple[int, int]:
    """Return ``"08:30-12:00"`` as minutes since midnight; ``24:00`` ends a day.

    Raises:
        ValueError: It is no span, or ends before it begins.
    """
    match = _SPAN.match(text)
    if match is None:
        raise ValueError(_("“%(text)s” is no span; write one like 08:30-12:00") % {"text": text})
    h1, m1, h2, m2 = map(int, match.groups())
    start, end = h1 * 60 + m1, h2 * 60 + m2
    if not start < end <= 24 * 60:
        raise ValueError(_("“%(text)s” must end after it begins and not after 24:00") % {"text": text})
    return start, end


def days_of(text: str) -> tuple[str, ...]:
    """Return the days that ``"mon"``, ``"mon-fri"`` or ``"mon,wed"`` stand for.

    Raises:
        ValueError: A word is no day.
    """
    days: list[str] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(_("“%(text)s” is no day; write mon to sun, or a range like mon-fri") % {"text": text})
        low, high = DAYS.index(first), DAYS.index(last or first)
        if high < low:
            raise ValueError(_("“%(text)s” runs backwards; a week runs from mon to sun") % {"text": part.strip()})
        days.extend(DAYS[low : high + 1])
    return tuple(days)


def sound_week(week: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Return ``week`` if each day is named once and its spans follow on each other."""
    seen: set[str] = set()
    for words, spans in week.items():
        days = days_of(words)
        if twice := seen.intersection(days):
            raise ValueError(_("“%(day)s” is named twice") % {"day": min(twice)})
        seen.update(days)
        cuts = [cut for span in spans for cut in minutes_of_span(span)]
        if cuts != sorted(cuts):
            raise ValueError(_("the spans of “%(days)s” overlap or stand out of order") % {"days": words})
    if not any(week.values()):
        raise ValueError(_("no day has working time; give at least one span"))
    return week


Column = Annotated[str, Field(min_length=1)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,19}$")]
CategoryKey = Annotated[str, Field(pattern=r"^[a-z0-9_]+/(part|event)/\d+$")]
TimeFormat = Annotated[str, AfterValidator(readable_format)]
Template = Annotated[str, AfterValidator(sound_template)]
Pattern = Annotated[str, AfterValidator(compiled_pattern)]
Spans = Annotated[tuple[str, ...], BeforeValidator(as_list)]


class Part(BaseModel):
    """What all parts of a mapping share: nothing unknown, nothing coerced, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    # A YAML list is a Python list; strict pydantic would refuse it for a tuple.
    @model_validator(mode="before")
    @classmethod
    def lists_are_tuples(cls, data: object) -> object:
        if isinstance(data, dict):
            return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
        return data


class FileShape(Part):
    """How the file is written. ``auto`` tells CSV and Parquet by the first bytes, as gzip is told in any case."""

    type: Literal["auto", "csv", "parquet"] = "auto"
    encoding: str = "utf-8-sig"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    id: Column | None = Field(default=None, description="Column with the row's own number; without it the row counts.")


class Jurisdiction(Part):
    """The city that the cases go to; it is made when it is missing."""

    code: Annotated[str, Field(pattern=r"^\d{6}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]


class Calendar(Part):
    """When the city's offices work, in its own time."""

    code: Code = "office"
    name: str = ""
    chinese_holidays: bool = False
    weekly: Annotated[Mapping[str, Spans], AfterValidator(sound_week)]
    closed_days: tuple[date, ...] = ()

    def rule(self, time_zone: str) -> CalendarRule:
        """Return the calendar as organisation keeps it; a working day is as long as the longest day of the week."""
        week = {
            day: [span.split("-") for span in spans] for days, spans in self.weekly.items() for day in days_of(days)
        }
        lengths = (
            sum(closes - opens for opens, closes in map(minutes_of_span, spans)) for spans in self.weekly.values()
        )
        return CalendarRule.from_json(
            {
                "code": self.code,
                "version": 1,
                "time_zone": time_zone,
                "weekly": week,
                "exceptions": {day.isoformat(): {"kind": "holiday", "name": ""} for day in self.closed_days},
                "public_holidays": self.chinese_holidays,
                "workday_minutes": max(lengths),
            }
        )


class TimeColumn(Part):
    """A column of times: the formats are tried in order. Without an offset they are the city's own time."""

    column: Column
    formats: tuple[TimeFormat, ...] = ISO_FORMATS
    ignore_time: bool = Field(default=False, description="Only the day counts, whatever time stands there.")
    bare_day: Literal["start", "end"] | None = Field(
        default=None, description="Which instant of its day a time without an hour stands for."
    )


class Times(Part):
    """The three instants of a foreign request; only the first must be there."""

    reported: TimeColumn
    closed: TimeColumn | None = None
    due: TimeColumn | None = None
    earliest: date = date(1990, 1, 1)


class Position(Part):
    lon: Column
    lat: Column
    system: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] = "wgs84"


class Areas(Part):
    """Areas out of a file that lies beside the requests: GeoJSON or GeoPackage, gzip too.

    ``code`` and ``name`` are recipes of geography's import: a property, or a text with properties in braces, of which
    ``{id:03}`` is filled with zeros and ``{code[2:5]}`` cut.
    """

    file: Annotated[str, Field(min_length=1)]
    code: str
    name: str
    tolerance_m2: Annotated[float, Field(ge=0)] = 10.0


class RegionAreas(Areas):
    level: Literal["street", "community"]


class Grid(Part):
    """The city's grid, laid when it has none.

    With ``areas`` each area is a unit grid. Without them cells of ``cell_m`` are laid: inside the communities of
    ``regions`` where the mapping has some, else over the extent.
    """

    cell_m: Annotated[int, Field(ge=50, le=5000)]
    areas: Areas | None = None
    extent: tuple[float, float, float, float] | None = Field(
        default=None, description="West, south, east, north in WGS 84; without it, taken from the positions."
    )
    percentile: Annotated[float, Field(ge=0, le=5)] = 0.1
    margin_m: Annotated[int, Field(ge=0, le=20_000)] = 1000

    @model_validator(mode="after")
    def extent_is_sound(self) -> Self:
        if self.extent is not None:
            west, south, east, north = self.extent
            if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
                raise ValueError(_("extent is west, south, east, north in degrees, as in [-118.7, 33.7, -118.1, 34.4]"))
        return self


class Department(Part):
    code: Code
    name: Annotated[str, Field(min_length=1, max_length=100)]
    kind: str


class OwnLimit(Part):
    amount: Annotated[int, Field(ge=1)]
    unit: Literal["urgent_hour", "urgent_day", "work_hour", "work_day", "natural_hour", "natural_day"]


class OwnClass(Part):
    """A class of the city's own, for what the national catalogue has no place for (扩展小类)."""

    key: CategoryKey
    name_zh: Annotated[str, Field(min_length=1, max_length=60)]
    name_en: Annotated[str, Field(min_length=1, max_length=120)]
    kind: str = Field(description="Department kind of the catalogue.")
    filing_zh: str
    filing_en: str
    closing_zh: str
    closing_en: str
    limit: OwnLimit
    note: str


class ClassRule(Part):
    """Where a class of the source goes, and how well it fits.

    What goes to a class of the city's own has no fit by definition; a near one may say in ``note`` what is lost.
    """

    category: CategoryKey
    condition: str | None = Field(default=None, description="Filing condition; the category's first if left out.")
    department: Code
    fit: Literal["good", "near"] = "good"
    note: str = ""

    @property
    def condition_key(self) -> str:
        """The condition as the catalogue keys it, or ``""`` for the category's first."""
        return f"{self.category}#{self.condition}" if self.condition else ""


class Classes(Part):
    """The source's classes: by their exact value, else by the longest prefix, else the default."""

    column: Column
    values: Mapping[str, ClassRule]
    prefixes: Mapping[str, ClassRule] = {}
    default: ClassRule | None = None

    def rules(self) -> Iterator[tuple[tuple[str, ...], ClassRule]]:
        """Give every rule with the path it stands on."""
        for table, rules in (("values", self.values), ("prefixes", self.prefixes)):
            for value, rule in rules.items():
                yield ("classes", table, value), rule
        if self.default is not None:
            yield ("classes", "default"), self.default


class Channel(Part):
    """The column that says through which channel a request came."""

    column: Column | None = None
    values: Mapping[str, Source] = {}
    default: Source


class StatusRule(Part):
    """How a status is treated: as its times say, as open, as closed, or not at all.

    The source proves only report and close. A request that ended as a duplicate, cancelled or passed on to others was
    reported and was ended: it is replayed as closed, keeps the word in its description, and is counted apart.
    """

    treat: Literal["by_times", "open", "closed", "refuse"] = "by_times"
    ended_as: Literal["", "duplicate", "cancelled", "transferred"] = ""
    note: str = ""


class Status(Part):
    column: Column
    values: Mapping[str, StatusRule]


class Texts(Part):
    """Texts made of columns: each part is left out when a column of it is empty; parts are joined by `` · ``."""

    description: tuple[Template, ...]
    address: tuple[Template, ...] = ()


class RefusedRows(Part):
    """Rows that are no requests, such as drills: refused when a column holds the pattern."""

    column: Column
    holds: Pattern
    note: str


class RequestMapping(Part):
    """A whole mapping file."""

    name: Code = Field(description="Name of the source; with the row's number it makes the key of a case.")
    about: str = ""
    file: FileShape = FileShape()
    jurisdiction: Jurisdiction
    time_zone: Annotated[str, AfterValidator(known_zone)]
    calendar: Calendar
    times: Times
    position: Position | None = None
    regions: tuple[RegionAreas, ...] = ()
    grid: Grid
    own_classes: tuple[OwnClass, ...] = ()
    departments: Annotated[tuple[Department, ...], Field(min_length=1)]
    classes: Classes
    source: Channel
    status: Status | None = None
    texts: Texts
    refuse: tuple[RefusedRows, ...] = ()

    _lines: Mapping[tuple[str, ...], int] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def departments_are_made(self) -> Self:
        made = [department.code for department in self.departments]
        if twice := {code for code in made if made.count(code) > 1}:
            raise ValueError(_("department “%(code)s” stands twice") % {"code": min(twice)})
        for path, rule in self.classes.rules():
            if rule.department not in made:
                raise ValueError(
                    _("%(path)s: department “%(code)s” is not among the departments (%(made)s)")
                    % {"path": ".".join(path), "code": rule.department, "made": listed(made)}
                )
        return self

    def keep_lines(self, lines: Mapping[tuple[str, ...], int]) -> Self:
        """Remember on which line each place of the file stands, for faults that only a catalogue shows; return itself."""
        self._lines = lines
        return self

    def line_of(self, path: tuple[str, ...]) -> int:
        """Return the line of a place of the file, or of the nearest one above it; 1 where nothing is known."""
        return next((self._lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._lines), 1)

    def fit_of(self, rule: ClassRule) -> str:
        """Return ``good``, ``near`` or ``none``: how well the national catalogue holds what ``rule`` maps."""
        return "none" if any(own.key == rule.category for own in self.own_classes) else rule.fit

    def columns(self) -> tuple[str, ...]:
        """Return every column of the file that is read, each once, in the order first named."""
        times = (self.times.reported, self.times.closed, self.times.due)
        names: list[str | None] = [self.file.id, *(column.column for column in times if column)]
        if self.position is not None:
            names += [self.position.lon, self.position.lat]
        names += [self.classes.column, self.source.column, self.status.column if self.status else None]
        for template in (*self.texts.description, *self.texts.address):
            names += columns_in(template)
        names += [row.column for row in self.refuse]
        return tuple(dict.fromkeys(name for name in names if name))
