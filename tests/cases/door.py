"""A program at the API's door, as any of the cast; each answer is held against the document."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import Resolver404

from cast import NOW, Cast
from cityloop.organisation.actions import issue_token
from cityloop.site.api import document

V1 = "/api/v1"
BOTH = ("read", "write")
DAY = date(2026, 7, 1)


class Door:
    """Calls the API with a token of one of the cast, or of nobody: ``door("acceptor").get("/cases")``."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.tokens: dict[tuple[str, tuple[str, ...]], str] = {}

    def __call__(self, who: str = "", *, scopes: tuple[str, ...] = BOTH, language: str = "en") -> "Caller":
        return Caller(self.token(who, scopes) if who else "", language)

    def token(self, who: str, scopes: tuple[str, ...] = BOTH) -> str:
        if (who, scopes) not in self.tokens:
            self.tokens[who, scopes] = issue_token(self.cast[who], str(uuid4()), now=NOW, scopes=scopes)
        return self.tokens[who, scopes]


class Caller:
    def __init__(self, token: str, language: str) -> None:
        headers = {"Accept-Language": language}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.client = Client(headers=headers, raise_request_exception=False)

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return as_documented(self.client.get(V1 + path, query or {}, headers=headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return as_documented(self.client.post(V1 + path, body, content_type="application/json", headers=headers))

    def act(
        self, number: str, action: str, *, key: str = "", headers: dict[str, str] | None = None, **inputs: Any
    ) -> Any:
        body = {"inputs": inputs} | ({"key": key} if key else {})
        return self.post(f"/cases/{number}/actions/{action}", body, **headers or {})

    def raw(self, path: str, body: bytes, content_type: str = "application/json", **environ: Any) -> Any:
        return as_documented(self.client.generic("POST", V1 + path, body, content_type=content_type, **environ))


def problem(response: Any, status: int, code: str, field: str = "") -> dict[str, Any]:
    """Return the body of a refusal, after checking that it is one of this status and code, and blames ``field``."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["code"] == code, body
    assert body["detail"]
    assert not field or field in [fault["field"] for fault in body["faults"]], body["faults"]
    return body


def as_documented(response: Any) -> Any:
    """Return ``response`` after checking that the document knows its status and content type, and that its body fits."""
    described = document("en", DAY)
    try:
        route = response.resolver_match.route
    except Resolver404:
        return response
    path = "/" + route.replace("<", "{").replace(">", "}")
    method = response.wsgi_request.method.lower()
    if response.status_code == 405:
        return response
    answers = described["paths"][path][method]["responses"]
    answer = answers.get(str(response.status_code)) or answers["default"]
    assert response.status_code >= 400 or answer is not answers["default"], f"{method} {path}: {response.status_code}"
    if "$ref" in answer:
        answer = described["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    if "content" in answer:
        [kind] = answer["content"]
        assert response["Content-Type"].partition(";")[0] == kind
        if kind.endswith("json"):
            faults = list(misfits(answer["content"][kind]["schema"], response.json(), described, "body"))
            assert faults == [], faults
    for header in answer.get("headers", ()):
        assert response[header]
    return response


TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),),
    "integer": (int,), "number": (int, float),
}  # fmt: skip


def misfits(schema: dict[str, Any], value: Any, document: dict[str, Any], place: str) -> Iterator[str]:
    """Yield where ``value`` does not fit ``schema``: as much of JSON Schema as our document uses."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for choice in ("anyOf", "oneOf"):
        if choice in schema and "type" not in schema:
            if not any(not list(misfits(one, value, document, place)) for one in schema[choice]):
                yield f"{place}: {value!r} fits no {choice}"
            return
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (kind != "boolean" and isinstance(value, bool))):
        yield f"{place}: {value!r} is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{place}: {value!r} is not {schema['const']!r}"
    if isinstance(value, str):
        if len(value) > schema.get("maxLength", len(value)):
            yield f"{place}: too long"
    elif isinstance(value, dict):
        yield from _misfits_of_object(schema, value, document, place)
    elif isinstance(value, list):
        yield from _misfits_of_list(schema, value, document, place)


def _misfits_of_object(
    schema: dict[str, Any], value: dict[str, Any], document: dict[str, Any], place: str
) -> Iterator[str]:
    known = schema.get("properties", {})
    more = schema.get("additionalProperties", True)
    yield from (f"{place}.{name} is missing" for name in schema.get("required", ()) if name not in value)
    for name, part in value.items():
        if name in known:
            yield from misfits(known[name], part, document, f"{place}.{name}")
        elif isinstance(more, dict):
            yield from misfits(more, part, document, f"{place}.{name}")
        elif not more:
            yield f"{place}.{name} is not described"
    if "anyOf" in schema and not any(set(one["required"]) <= set(value) for one in schema["anyOf"]):
        yield f"{place}: lacks one of {schema['anyOf']}"


def _misfits_of_list(schema: dict[str, Any], value: list[Any], document: dict[str, Any], place: str) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{place}: {len(value)} items"
    parts = schema.get("prefixItems") or [schema.get("items", {})] * len(value)
    for index, (part, item) in enumerate(zip(parts, value, strict=True)):
        yield from misfits(part, item, document, f"{place}.{index}")
