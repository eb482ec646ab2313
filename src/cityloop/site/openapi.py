"""The API's document: what django-ninja writes, in the reader's language, with refusals, headers and the loop's actions."""

from collections.abc import Iterator
from datetime import date
from inspect import cleandoc
from typing import Any

from cityloop.cases.choices import Kind, Light
from cityloop.cases.openapi import TAG as ACTIONS
from cityloop.cases.openapi import add_actions
from cityloop.cases.queries import default_table
from cityloop.geography.choices import CoordinateSystem
from cityloop.kernel.translation import _, noop
from cityloop.site.problems import PROBLEM, TITLES
from cityloop.standards.choices import ObjectType

Node = Any

ABOUT = (
    noop(
        "The loop of digital urban management for programs. What is documented here is the table that comes with CityLoop; "
        "a city may run by another one: `GET /api/v1/table` and `GET …/actions` speak of that."
    ),
    noop("[Back to the site](/)"),
    noop(
        "**Who asks.** A token (`Authorization: Bearer cl_…`) with the scope `read` or `write`, or a browser's session, "
        "which needs the CSRF token in `X-CSRFToken` to change anything. Whoever may not see a case is told that there is none."
    ),
    noop(
        "**Twice is once.** Send a UUID as `key` or `Idempotency-Key`: the same request with the same key is answered as before "
        "and nothing is done again. The same key with another body is refused (422 `key_reused`)."
    ),
    noop(
        "**Who is faster.** Give the `ETag` of a case back as `If-Match`: an act is refused (412) if somebody acted since you "
        "looked. With `If-None-Match` a reading is answered 304 while nothing has changed."
    ),
    noop(
        "**Refusals** are problem bodies (RFC 9457): `code` for programs, `detail` for people, `faults` with the place, the reason "
        "and the value of each thing that is wrong. Bodies are JSON of at most 256 kB, but for files."
    ),
    noop(
        "**Times** carry an offset; the API answers in UTC. **Positions** leave as GeoJSON in WGS 84 and come in with their system. "
        "**Lists** are paged by `next` and count nothing. **Language** by `Accept-Language`: `zh-Hans` or `en`;"
        " in a browser the language chosen on the pages comes first."
    ),
)
TAGS = {
    "Cases": noop("Report, find and read cases, and act on them."),
    "Work": noop("What there is to do."),
    "City": noop("What a city is configured to be."),
    "Parts": noop("What stands in public space, and what the field says of it."),
    "Media": noop("Photos, videos and sound recordings."),
    "Webhooks": noop("Programs that are told what happens."),
    ACTIONS: noop("The actions of the table that comes with CityLoop, one by one."),
}
GROUPS = {
    "Cases": noop("Cases"),
    "Work": noop("Tasks at hand"),
    "City": noop("The city"),
    "Parts": noop("Parts"),
    "Media": noop("Media"),
    "Webhooks": noop("Webhooks"),
    ACTIONS: noop("Actions one by one"),
}
"""What the groups of calls are called on the page."""

REFUSALS = {
    403: ("not_allowed", noop("Your posts or your token's scope do not allow it.")),
    404: ("not_found", noop("There is no such thing that you may see.")),
    409: ("conflict", noop("Not possible in the present state, or somebody was faster.")),
    412: ("outdated", noop("Somebody acted since you looked.")),
    413: ("too_large", noop("It is longer than is taken.")),
    422: ("invalid", noop("Something of what was sent cannot be used; the faults say what, where and why.")),
}
OTHERS = noop(
    "Any other refusal, by its code. 400 `unreadable`: the request, or its JSON, cannot be read. 401 `not_signed_in`: no token, "
    "or one that is no good. 405 `wrong_method`. 411 `length_needed`: the body came in chunks. 413 `too_large`: it is longer than "
    "256 kB. 415 `not_json`: it is not marked as JSON. 429 `too_many`: wait for `Retry-After`. 500 `failed`: a fault of ours; "
    "the log knows it by `id`. 503 `unavailable`: the database does not answer; try again with the same key."
)
READING = (403, 404, 422)
ACTING = (403, 404, 409, 422)

FAULT = {
    "type": "object",
    "properties": {
        "field": {"type": "string", "description": noop("Where, as a dotted path.")},
        "why": {"type": "string"},
        "value": {"type": "string", "description": noop("What stood there, cut short.")},
    },
    "required": ["field", "why", "value"],
}
PROBLEM_SCHEMA = {
    "type": "object",
    "description": noop("A refusal, after RFC 9457. Some carry more members, such as `seq`."),
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": noop("For people: what is so and what to change.")},
        "code": {"type": "string", "description": noop("For programs: never changes.")},
        "faults": {"type": "array", "items": FAULT},
        "instance": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail", "code", "faults", "instance"],
}


def _header(name: str, description: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "schema": {"type": "string"}, "required": False, "description": description}


PARAMETERS = {
    "IdempotencyKey": _header("Idempotency-Key", noop("A UUID, in place of `key` in the body.")),
    "IfMatch": _header(
        "If-Match", noop("The ETag of the case as you saw it; of it the number before the hyphen counts.")
    ),
    "IfNoneMatch": _header("If-None-Match", noop("The ETag of the last answer: 304 while nothing has changed.")),
}
SCHEMAS = "#/components/schemas/"
SCHEMA = frozenset({"type", "anyOf", "allOf", "oneOf", "$ref", "enum"})
"""By these keys a node is known to be a schema."""

DOCSTRINGS = frozenset(cleandoc(one.__doc__ or "") for one in (Kind, Light, CoordinateSystem, ObjectType))
"""Of closed lists that stand within a parameter: for those who read the code."""

TAGGED = frozenset({"get_case", "get_table", "list_categories"})
"""Readings that carry an ETag."""


def finished(document: dict[str, Any], on: date) -> dict[str, Any]:
    """Return django-ninja's ``document`` made complete, in the language of the moment; examples are of the day ``on``."""
    written: dict[str, Any] = dict(document)
    schemas = written["components"]["schemas"]
    for schema in schemas.values():
        schema.pop("description", None)  # a docstring, for those who read the code
    written["info"]["description"] = "\n\n".join(_(paragraph) for paragraph in ABOUT)
    written["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
    schemas["Problem"] = PROBLEM_SCHEMA
    written["components"]["responses"] = {
        f"Problem{status}": _refusal(words, _example(status, code, words)) for status, (code, words) in REFUSALS.items()
    } | {"Problem": _refusal(OTHERS, _example(401, "not_signed_in", noop("Nobody is signed in.")))}
    written["components"]["parameters"] = PARAMETERS
    for _path, method, call in _calls(written):
        _complete(method, call)
    written = _plain(written)
    add_actions(written, default_table(), on)
    _drop_unused(written)
    for tag in written["tags"]:
        tag["name"] = _(GROUPS[tag["name"]])
    for _path, _method, call in _calls(written):
        call["tags"] = [_(GROUPS[tag]) for tag in call.get("tags", [])]
    return written


def placed(document: Node, lon: float, lat: float) -> Node:
    """Return ``document`` with its examples at another place: what is tried as it stands must lie in the city that runs."""
    if isinstance(document, dict):
        there: dict[str, Any] = (
            {"lon": lon, "lat": lat} if document.get("system") == "wgs84" and {"lon", "lat"} <= document.keys() else {}
        )
        known = {"lon": lon, "lat": lat}.get(str(document.get("name")))
        if known is not None and document.get("in") == "query":
            there = {"schema": {**document["schema"], "examples": [known]}, "examples": [known]}
        return {name: placed(value, lon, lat) for name, value in document.items()} | there
    if isinstance(document, list):
        return [placed(value, lon, lat) for value in document]
    return document


def _refusal(words: str, example: dict[str, Any]) -> dict[str, Any]:
    content = {PROBLEM: {"schema": {"$ref": f"{SCHEMAS}Problem"}, "example": example}}
    return {"description": words, "content": content}


def _example(status: int, code: str, words: str) -> dict[str, Any]:
    """Return a problem body as it would be; an input that cannot be used has a fault."""
    fault = {"field": "opinion", "why": _("is missing"), "value": ""}
    return {
        "type": f"urn:cityloop:problem:{code}",
        "title": str(TITLES[status]),
        "status": status,
        "detail": _(words),
        "code": code,
        "faults": [fault] if status == 422 else [],
        "instance": "/api/v1/cases/9901012026070100001/actions/reject",
    }


def _calls(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            yield path, method, call


def _complete(method: str, call: dict[str, Any]) -> None:
    name = call["operationId"]
    responses = {str(status): dict(answer) for status, answer in call["responses"].items()}
    statuses = [*READING] if method == "get" else [*ACTING]
    parameters = [*call["parameters"]]
    if name == "keep_media":
        responses["201"]["headers"] = {"Location": {"schema": {"type": "string"}}}
        statuses.append(413)
    elif name in {"report", "act"}:
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
        for answer in responses.values():
            answer["headers"] = {"ETag": {"schema": {"type": "string"}}}
    if name == "act":
        parameters.append({"$ref": "#/components/parameters/IfMatch"})
        statuses.append(412)
    if name == "report":
        responses["201"]["headers"]["Location"] = {"schema": {"type": "string"}}
    if name in TAGGED:
        parameters.append({"$ref": "#/components/parameters/IfNoneMatch"})
        responses["200"]["headers"] = {"ETag": {"schema": {"type": "string"}}}
        responses["304"] = {"description": noop("Nothing has changed.")}
    for status in sorted(statuses):
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    responses["default"] = {"$ref": "#/components/responses/Problem"}
    call["parameters"], call["responses"] = parameters, responses


def _plain(node: Node, *, names: bool = False) -> Node:
    """Return ``node`` with its words in the reader's language, without the titles that pydantic makes of names.

    Args:
        names: Whether the keys are names of the API's own, which may be called “title” or “description”.
    """
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    plain = {}
    for key, value in node.items():
        if not names and key == "title" and SCHEMA & node.keys():
            continue
        if not names and key == "description" and "enum" in node and value in DOCSTRINGS:
            continue
        if not names and key == "pattern" and "x00" in value:
            continue  # says no more than that a text is no binary
        if not names and key in {"description", "summary"} and isinstance(value, str):
            plain[key] = _(value) if value else ""
        else:
            plain[key] = _plain(value, names=key in {"properties", "schemas", "paths"})
    return plain


def _drop_unused(document: dict[str, Any]) -> None:
    """Leave out the schemas that nothing refers to: django-ninja lists those of queries, whose fields are parameters."""
    schemas = document["components"]["schemas"]
    used: set[str] = set()
    reached = set(_references([document["paths"], document["components"]["responses"]]))
    while reached - used:
        used |= reached
        reached = {name for one in used for name in _references(schemas[one])}
    document["components"]["schemas"] = {name: schemas[name] for name in sorted(used)}


def _references(node: Node) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                if value.startswith(SCHEMAS):
                    yield value.removeprefix(SCHEMAS)
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for one in node:
            yield from _references(one)
