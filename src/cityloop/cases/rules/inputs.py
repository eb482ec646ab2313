"""What an action needs: checked as values, and shown to the world as JSON Schema, both from the same table."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from cityloop.cases.rules.files import Files, kind_of_shot
from cityloop.cases.rules.handing_on import is_handed_to
from cityloop.cases.rules.table import PHOTOS_MOST, Action, Need, Table
from cityloop.kernel.errors import Fault, InvalidInput, shown
from cityloop.kernel.instants import YEARS, NoInstant, instant_of, why_no_instant
from cityloop.kernel.translation import _, listed
from cityloop.standards.rules import check_part_code

SHA256_DIGITS = 64
PUBLISHED_CODES: Mapping[str, Callable[[str], str]] = {"part_code": check_part_code}
"""Codes whose format is published, by the input that asks for one."""

DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Signs that turn the direction of writing, and so what a reader sees."""


class Department(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def parent_id(self) -> int | None: ...
    @property
    def is_active(self) -> bool: ...


class CityFacts(Protocol):
    """What checking asks of a city (``organisation.queries.City``)."""

    @property
    def categories(self) -> Mapping[str, Any]: ...
    def department(self, code: str) -> Department | None: ...
    def condition(self, key: str) -> Any: ...
    def holds_post(self, user_id: int, post: str, department: str) -> bool: ...


class Refusal(Exception):
    """Why one input cannot be taken."""


def clean_inputs(
    action: Action,
    table: Table,
    inputs: Mapping[str, Any],
    known: Mapping[str, Any],
    city: CityFacts,
    now: datetime,
    files: Files | None = None,
) -> dict[str, Any]:
    """Return ``inputs`` checked against what ``action`` needs, instants in UTC, blanks left out.

    Args:
        action: The action to be taken.
        table: The table it belongs to.
        inputs: What the caller sent, plain JSON values (instants may also be aware ``datetime``).
        known: What is already known: the case's values and flags, ``public``, ``state``, ``is_system``.
        city: Departments, people and categories to check against.
        now: For instants that must lie ahead.
        files: Those that may be named; None: any.
    Raises:
        InvalidInput: With one fault for each input that is missing, unknown or does not fit.
    """
    needs = action.needs
    faults = [Fault(name, _("this action does not ask for it")) for name in inputs if name not in needs]
    cleaned: dict[str, Any] = {}
    if inputs:
        context = _Context(table, known, cleaned, city, now, files)
        for name, need in needs.items():  # in the table's order: a class is known before its condition
            value = inputs.get(name)
            if value is None or value in ("", []):
                continue
            try:
                clean = CHECKS[need.type](value, need, context)
            except Refusal as refusal:
                faults.append(Fault(name, str(refusal), shown(value)))
            else:
                if clean != "":  # spaces alone say nothing
                    cleaned[name] = clean
    if not faults:
        faults = _missing(action, table, cleaned, known)
    if faults:
        raise InvalidInput(
            _("“%(action)s” cannot be done with what was sent: %(first)s")
            % {"action": action.words, "first": faults[0].told()},
            faults=faults,
        )
    return cleaned


class _Context:
    """What a check may look at."""

    __slots__ = ("city", "cleaned", "files", "known", "now", "table")

    def __init__(
        self,
        table: Table,
        known: Mapping[str, Any],
        cleaned: Mapping[str, Any],
        city: CityFacts,
        now: datetime,
        files: Files | None,
    ) -> None:
        self.table, self.known, self.cleaned, self.city, self.now, self.files = table, known, cleaned, city, now, files


def _missing(action: Action, table: Table, cleaned: Mapping[str, Any], known: Mapping[str, Any]) -> list[Fault]:
    if not action.demands and not action.one_of:
        return []
    faults = []
    names = {**known, **cleaned}
    source = table.sources.get(names.get("source", ""))
    if source is not None:
        names["public"] = source.public
    for need in action.demands:
        name = need.name
        if name in cleaned:
            if need.must_be is not None and cleaned[name] is not need.must_be:
                faults.append(Fault(name, _("must be confirmed")))
            if need.type == "photos":
                faults += _too_few(need, cleaned[name], source)
            continue
        if need.waived_for == "system" and known.get("is_system"):
            continue
        if not (need.required_unless_known and known.get(name)) and (
            need.required
            or (need.required_when is not None and need.required_when.holds(names))
            or (need.required_by_source and source is not None and source.point)
            or (need.required_unless_known and need.required_when is None)
        ):
            faults.append(Fault(name, _("is missing")))
        elif need.type == "photos" and not known.get("is_system"):
            faults += _too_few(need, (), source)
    given = [name for name in action.one_of if name in cleaned]
    if given and all(action.needs[name].below and cleaned[name] == known.get("department") for name in given):
        why = _("has the case already; hand it on to another unit, or to a person")
        faults.append(Fault(given[0], why, str(cleaned[given[0]])))
    if action.one_of and not given:
        faults.append(Fault(action.one_of[0], _("give at least one of: %(names)s") % {"names": listed(action.one_of)}))
    return faults


def required_now(action: Action, table: Table, known: Mapping[str, Any]) -> list[str]:
    """Return the inputs that ``action`` asks for whatever else is given, by what is ``known`` of the case.

    Where it depends on another input whether one is needed, nobody can say before that is given.
    """
    source = table.sources.get(known.get("source", ""))
    names = []
    for need in action.needs.values():
        when = need.required_when
        asked = when is not None and when.holds(known) and all(name in known for name, _allowed in when.facts)
        if need.waived_for == "system" and known.get("is_system"):
            continue
        if not (need.required_unless_known and known.get(need.name)) and (
            need.required
            or asked
            or (need.required_by_source and source is not None and source.point)
            or (need.required_unless_known and when is None)
        ):
            names.append(need.name)
    return names


def _too_few(need: Need, photos: Sequence[Mapping[str, Any]], source: Any) -> list[Fault]:
    least = need.least if isinstance(need.least, int) else (source.photos if source else 0)
    if len(photos) < least:
        return [
            Fault(
                need.name,
                _("needs at least %(least)d photos (%(kinds)s), got %(count)d")
                % {"least": least, "kinds": listed(map(kind_of_shot, need.kinds)), "count": len(photos)},
            )
        ]
    if need.each_kind and (absent := set(need.kinds) - {photo["kind"] for photo in photos}):
        return [
            Fault(
                need.name,
                _("photos of these kinds are missing: %(kinds)s")
                % {"kinds": listed(kind_of_shot(kind) for kind in sorted(absent))},
            )
        ]
    return []


def _text(value: Any, need: Need, _context: _Context) -> str:
    if not isinstance(value, str):
        raise Refusal(_("must be text"))
    if len(value) > need.max:
        raise Refusal(_("is too long: %(count)d characters, at most %(max)d") % {"count": len(value), "max": need.max})
    if value.isprintable():
        return value.strip()
    if any(_is_control(sign) for sign in value):
        raise Refusal(_("contains a character that cannot be stored"))
    # Signs without a shape, such as a zero-width space, are no answer where words are asked for.
    return value.strip() if any(sign.isprintable() and not sign.isspace() for sign in value) else ""


def _is_control(sign: str) -> bool:
    """Return whether ``sign`` steers a terminal or the direction of writing instead of saying something."""
    return sign not in "\n\r\t" and (unicodedata.category(sign) in {"Cc", "Cs"} or sign in DIRECTIONS)


def _flag(value: Any, _need: Need, _context: _Context) -> bool:
    if not isinstance(value, bool):
        raise Refusal(_("must be true or false"))
    return value


def _integer(value: Any, need: Need, _context: _Context) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not need.min <= value <= need.max:
        raise Refusal(_("must be a whole number from %(min)d to %(max)d") % {"min": need.min, "max": need.max})
    return value


def _instant(value: Any, need: Need, context: _Context) -> datetime:
    try:
        instant = instant_of(value)
    except NoInstant as exc:
        raise Refusal(why_no_instant(exc.kind, years=YEARS)) from exc
    if not need.future_days and instant.year not in YEARS:
        raise Refusal(why_no_instant("beyond_years", years=YEARS))
    if need.future_days and not context.now < instant <= context.now + timedelta(days=need.future_days):
        raise Refusal(_("must lie ahead, at most %(days)d days") % {"days": need.future_days})
    return instant


def _choice(value: Any, need: Need, context: _Context) -> str:
    options = context.table.lists[need.of] if need.of else need.options
    if not isinstance(value, str) or value not in options:
        raise Refusal(_("must be one of: %(options)s") % {"options": listed(options)})
    return value


def _source(value: Any, _need: Need, context: _Context) -> str:
    if not isinstance(value, str) or value not in context.table.sources:
        known = (source.words for source in context.table.sources.values())
        raise Refusal(_("no such source is known here; choose one of: %(options)s") % {"options": listed(known)})
    return value


def _category(value: Any, _need: Need, context: _Context) -> str:
    if not isinstance(value, str) or value not in context.city.categories:
        raise Refusal(_("this class is unknown or switched off here; write it as scheme/type/code"))
    return value


def _condition(value: Any, _need: Need, context: _Context) -> str:
    if not isinstance(value, str) or context.city.condition(value) is None:
        raise Refusal(_("this filing condition is unknown here"))
    category = context.cleaned.get("category") or context.known.get("category")
    if category and value.partition("#")[0] != category:
        raise Refusal(_("this filing condition belongs to another class"))
    return value


def _department(value: Any, need: Need, context: _Context) -> str:
    department = context.city.department(value) if isinstance(value, str) else None
    if department is None or not department.is_active:
        raise Refusal(_("there is no such department; give its code"))
    if need.below:
        own = context.city.department(context.known.get("department") or "")
        if not (own is not None and own.code == department.code) and not is_handed_to(need, own, department):
            raise Refusal(_("must be a unit of the responsible department"))
    return department.code


def _departments(value: Any, need: Need, context: _Context) -> list[str]:
    if not isinstance(value, list) or not 0 < len(value) <= 20:
        raise Refusal(_("must be a list of 1 to 20 departments"))
    codes = [_department(code, need, context) for code in value]
    lead = context.cleaned.get("department")
    if len(set(codes)) < len(codes) or lead in codes:
        raise Refusal(_("names a department twice"))
    return codes


def _person(value: Any, need: Need, context: _Context) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refusal(_("must be the number of a person"))
    department = context.cleaned.get("department") or context.known.get("department") or ""
    if not context.city.holds_post(
        value, need.post, department if context.table.posts[need.post].within == "assigned_handler" else ""
    ):
        post = context.table.posts[need.post].words
        raise Refusal(_("this person does not hold the post “%(post)s” here") % {"post": post})
    return value


def _code(value: Any, need: Need, context: _Context) -> str:
    text = _text(value, need, context)
    if not text.isprintable():
        raise Refusal(_("must be one line of printable characters"))
    if text and (check := PUBLISHED_CODES.get(need.name)):
        try:
            return check(text)
        except InvalidInput as exc:
            raise Refusal(exc.message) from exc
    return text


def _case(value: Any, _need: Need, context: _Context) -> str:
    if not isinstance(value, str) or len(value) > 40:
        raise Refusal(_("must be a case number"))
    if value == context.known.get("number"):
        raise Refusal(_("is this case itself"))
    return value


def _number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most


def _point(value: Any, _need: Need, _context: _Context) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) - {"lon", "lat", "system"}:
        raise Refusal(_("must be {lon, lat, system}"))
    if _number(value.get("lon"), -90, 90) and _number(value.get("lat"), -180, 180) and abs(value["lat"]) > 90:
        raise Refusal(_("lon and lat look swapped: lon comes first and lat lies in -90…90"))
    if not _number(value.get("lon"), -180, 180) or not _number(value.get("lat"), -90, 90):
        raise Refusal(_("lon must lie in -180…180 and lat in -90…90, in degrees"))
    if value.get("system") not in ("wgs84", "cgcs2000", "gcj02", "bd09"):  # a tuple: what was sent may be a list
        raise Refusal(_("system must be one of wgs84, cgcs2000, gcj02, bd09: an untagged point is not taken"))
    return {"lon": float(value["lon"]), "lat": float(value["lat"]), "system": value["system"]}


def _photos(value: Any, need: Need, context: _Context) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > PHOTOS_MOST:
        raise Refusal(_("must be a list of at most %(most)d files") % {"most": PHOTOS_MOST})
    seen = set()
    for photo in value:
        digest = photo.get("sha256") if isinstance(photo, dict) else None
        if not isinstance(digest, str) or len(digest) != SHA256_DIGITS or set(digest) - set("0123456789abcdef"):
            raise Refusal(_("each file is {kind, sha256}: its SHA-256, 64 hexadecimal digits"))
        if set(photo) - {"kind", "sha256"} or photo.get("kind") not in need.kinds:
            raise Refusal(_("a file's kind must be one of: %(kinds)s") % {"kinds": listed(need.kinds)})
        if digest in seen:
            raise Refusal(_("holds the same file twice"))
        seen.add(digest)
    if context.files is not None:
        _may_be_named([photo["sha256"] for photo in value], need, context.files)
    return [{"kind": photo["kind"], "sha256": photo["sha256"]} for photo in value]


def _may_be_named(digests: Sequence[str], need: Need, files: Files) -> None:
    """Refuse files that are not there, not the actor's, erased, or of another kind than is asked for.

    Whether somebody else has sent a file is not told: a digest alone opens nothing, and says nothing.
    """
    if strange := [digest for digest in digests if digest not in files]:
        raise Refusal(
            _(
                "send these files first (POST /api/v1/media) and name them by the SHA-256 in the answer; they are not among those"
                " that you have sent, nor on this case: %(digests)s"
            )
            % {"digests": listed(strange)}
        )
    if erased := [digest for digest in digests if files[digest].is_erased]:
        raise Refusal(_("these files were erased, leave them out: %(digests)s") % {"digests": listed(erased)})
    if others := [digest for digest in digests if files[digest].kind not in need.files]:
        raise Refusal(
            _("only files of these kinds are taken here: %(kinds)s; these are others: %(digests)s")
            % {"kinds": listed(need.files), "digests": listed(others)}
        )


def _reporter(value: Any, _need: Need, _context: _Context) -> dict[str, str]:
    if not isinstance(value, dict) or set(value) - {"name", "phone"}:
        raise Refusal(_("must be {name, phone}"))
    if not all(isinstance(part, str) and len(part) <= 100 for part in value.values()):
        raise Refusal(_("name and phone must be text of at most 100 characters"))
    if any(_is_control(sign) or sign in "\n\r\t" for part in value.values() for sign in part):
        raise Refusal(_("contains a character that cannot be stored"))
    return {key: part.strip() for key, part in value.items() if part.strip()}


CHECKS: Mapping[str, Callable[[Any, Need, _Context], Any]] = {
    "text": _text,
    "choice": _choice,
    "flag": _flag,
    "integer": _integer,
    "instant": _instant,
    "photos": _photos,
    "department": _department,
    "departments": _departments,
    "person": _person,
    "category": _category,
    "condition": _condition,
    "code": _code,
    "point": _point,
    "case": _case,
    "source": _source,
    "reporter": _reporter,
}

PATTERNS: Mapping[str, Mapping[str, str]] = {"part_code": {"pattern": "^[1-9][0-9]{15,16}$"}}
"""What JSON Schema can say of a published code."""


def schema_of(action: Action, table: Table, language: str = "zh") -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what ``action`` needs under ``table``."""
    properties = {name: _schema(need, table, language) for name, need in action.needs.items()}
    required = [name for name, need in action.needs.items() if need.required]
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    if action.one_of:
        schema["anyOf"] = [{"required": [name]} for name in action.one_of]
    return schema


def _schema(need: Need, table: Table, language: str) -> dict[str, Any]:
    listed = table.lists[need.of] if need.of else {}
    shapes: dict[str, dict[str, Any]] = {
        "text": {"type": "string", "maxLength": need.max},
        "code": {"type": "string", "maxLength": need.max, **PATTERNS.get(need.name, {})},
        "flag": {"type": "boolean"} if need.must_be is None else {"type": "boolean", "const": need.must_be},
        "integer": {"type": "integer", "minimum": need.min, "maximum": need.max},
        "instant": {"type": "string", "format": "date-time"},
        "department": {"type": "string", "x-cityloop": "department"},
        "departments": {"type": "array", "items": {"type": "string"}, "maxItems": 20, "x-cityloop": "department"},
        "person": {"type": "integer", "x-cityloop": "person", "x-post": need.post},
        "category": {"type": "string", "x-cityloop": "category", "description": _("A class, as scheme/type/code.")},
        "condition": {
            "type": "string",
            "x-cityloop": "condition",
            "description": _("A filing condition, as scheme/type/code#condition."),
        },
        "case": {"type": "string", "x-cityloop": "case", "description": _("Case number, 19 digits.")},
        "source": {"type": "string", "enum": list(table.sources)},
        "choice": {"type": "string", "enum": list(listed or need.options)},
        "reporter": {
            "type": "object",
            "properties": {"name": {"type": "string", "maxLength": 100}, "phone": {"type": "string", "maxLength": 100}},
            "additionalProperties": False,
        },
        "point": {
            "type": "object",
            "properties": {
                "lon": {"type": "number", "minimum": -180, "maximum": 180},
                "lat": {"type": "number", "minimum": -90, "maximum": 90},
                "system": {"type": "string", "enum": ["wgs84", "cgcs2000", "gcj02", "bd09"]},
            },
            "required": ["lon", "lat", "system"],
            "additionalProperties": False,
        },
        "photos": {
            "type": "array",
            "maxItems": PHOTOS_MOST,
            "x-cityloop": "media",
            "x-files": list(need.files),
            "items": {
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "enum": list(need.kinds)},
                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                },
                "required": ["kind", "sha256"],
                "additionalProperties": False,
            },
        },
    }
    schema = shapes[need.type]
    if need.type == "photos" and isinstance(need.least, int) and need.least:
        schema["minItems"] = need.least
    if listed:
        schema["x-labels"] = {code: label.text(language) for code, label in listed.items()}
    return schema
