"""A mapping file from text: YAML with the line of everything, so that each fault can be found and mended."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol
from unicodedata import normalize

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cityloop.intake.rules.mapping import RequestMapping
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.scalars import unreadable_line
from cityloop.kernel.translation import _, listed

Path = tuple[str, ...]
Lines = dict[Path, int]


class KnownCategory(Protocol):
    """What is asked of a category of the catalogue."""

    @property
    def conditions(self) -> Collection[Any]: ...


def read_mapping(text: str, name: str) -> RequestMapping:
    """Return the mapping that ``text`` holds.

    Args:
        text: YAML.
        name: The file's name, for the messages.

    Raises:
        InvalidInput: It is no YAML or no mapping; each fault names its line, its field and what to change.
    """
    data, lines, faults = _parse(normalize("NFC", text), name)
    if faults:
        raise refusal(name, faults)
    try:
        return RequestMapping.model_validate(data).keep_lines(lines)
    except ValidationError as exc:
        raise refusal(name, [_fault(error, lines) for error in exc.errors()]) from exc


def check_against(
    mapping: RequestMapping, catalogue: Mapping[str, KnownCategory], kinds: Collection[str]
) -> list[Fault]:
    """Return what the mapping names and the catalogue does not hold: categories, conditions, department kinds; each with its line."""
    own = {one.key for one in mapping.own_classes}
    found: list[tuple[Path, str, str]] = []
    tables = {
        "departments": [one.kind for one in mapping.departments],
        "own_classes": [one.kind for one in mapping.own_classes],
    }
    for table, named in tables.items():
        for number, kind in enumerate(named):
            if kind not in kinds:
                found.append(((table, str(number), "kind"), _one_of(kind, kinds), kind))
    for number, one in enumerate(mapping.own_classes):
        if one.key in catalogue:
            why = _("this class is in the catalogue already; choose another number")
            found.append((("own_classes", str(number), "key"), why, one.key))
    for path, rule in mapping.classes.rules():
        if rule.category in own and not rule.condition:
            continue
        category = catalogue.get(rule.category)
        if category is None:
            found.append(((*path, "category"), _one_of(rule.category, catalogue), rule.category))
            continue
        conditions = [condition.key for condition in category.conditions]
        if rule.condition_key and rule.condition_key not in conditions:
            ids = [key.partition("#")[2] for key in conditions]
            found.append(((*path, "condition"), _one_of(rule.condition or "", ids), rule.condition or ""))
    return [Fault(".".join(path), _at(mapping.line_of(path), why), value) for path, why, value in found]


def refusal(name: str, faults: list[Fault]) -> InvalidInput:
    """Return the one error that carries all ``faults`` of the mapping ``name``."""
    return InvalidInput(_("The mapping %(name)s cannot be used.") % {"name": name}, faults=faults)


def _parse(text: str, name: str) -> tuple[Any, Lines, list[Fault]]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None) or getattr(exc, "context_mark", None)
        where = _("line %(line)d") % {"line": mark.line + 1} if mark else _("whole file")
        raise refusal(name, [Fault(where, _("this is no YAML; look at quotes, colons and indents here"))]) from exc
    except (ValueError, OverflowError) as exc:
        where = _("line %(line)d") % {"line": unreadable_line(text)}
        why = _("YAML reads this as a date or a number, and it is none; put it in quotes")
        raise refusal(name, [Fault(where, why)]) from exc
    if not isinstance(data, dict) or root is None:
        raise refusal(name, [Fault(_("whole file"), _("it is empty or no mapping; begin with “name:”"))])
    lines: Lines = {}
    faults = [
        Fault(".".join(path), _at(line, _("this name stands twice; keep one")))
        for path, line, again in _walk(root, ())
        if again or lines.setdefault(path, line) != line
    ]
    return data, lines, faults


def _walk(node: yaml.Node, path: Path) -> Iterator[tuple[Path, int, bool]]:
    """Give every place of the file with its line, and whether its name stood in the same mapping before."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            here = (*path, str(key.value))
            yield here, key.start_mark.line + 1, key.value in seen
            seen.add(key.value)
            yield from _walk(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            here = (*path, str(number))
            yield here, value.start_mark.line + 1, False
            yield from _walk(value, here)


def _fault(error: ErrorDetails, lines: Lines) -> Fault:
    path = tuple(str(step) for step in error["loc"])
    # The field may be missing, or pydantic may name a step of its own: then the nearest place above it is meant.
    above = next((path[:n] for n in range(len(path), 0, -1) if path[:n] in lines), ())
    line = lines.get(above, 1)
    shown = path[: len(above) + 1] if error["type"] == "missing" else above or path
    value = "" if isinstance(error["input"], (dict, list, tuple)) else str(error["input"])
    return Fault(".".join(shown) or _("whole file"), _at(line, _what_to_change(error, path)), value[:80])


def _at(line: int, why: str) -> str:
    return _("line %(line)d: %(why)s") % {"line": line, "why": why}


def _what_to_change(error: ErrorDetails, path: Path) -> str:
    kind, context = error["type"], error.get("ctx", {})
    match kind:
        case "missing":
            return _("“%(field)s” is missing; add it") % {"field": path[-1]}
        case "extra_forbidden":
            return _unknown_field(path)
        case "string_type":
            return _("this must be a text; put it in quotes")
        case "value_error":
            return str(context["error"])
        case "literal_error":
            return _("write one of %(choices)s") % {"choices": str(context["expected"])}
        case "string_pattern_mismatch":
            return _("this does not have the form %(pattern)s") % {"pattern": context["pattern"]}
        case _:
            return error["msg"]


def _unknown_field(path: Path) -> str:
    """Say that a field is not known, and which one may have been meant."""
    fields = _fields_at(path[:-1])
    near = difflib.get_close_matches(path[-1], fields, n=1)
    if near:
        return _("there is no field “%(field)s”; did you mean “%(near)s”?") % {"field": path[-1], "near": near[0]}
    return _("there is no field “%(field)s”; known here: %(known)s") % {"field": path[-1], "known": listed(fields)}


def _fields_at(path: Path) -> list[str]:
    """Return the field names of the model that stands at ``path``."""
    model: type[BaseModel] = RequestMapping
    for step in path:
        field = model.model_fields.get(step)
        inner = field.annotation if field else None
        found = next((kind for kind in _models_in(inner)), None)
        if found is not None:
            model = found
    return list(model.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)


def _one_of(value: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(value, list(known), n=3, cutoff=0.5)
    if near:
        return _("“%(value)s” is not known; did you mean %(near)s?") % {"value": value, "near": listed(near)}
    return _("“%(value)s” is not known") % {"value": value}
