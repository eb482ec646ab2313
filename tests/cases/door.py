"""A program at the API's door, as any of the cast."""

from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client

from cast import NOW, Cast
from cityloop.organisation.actions import issue_token

V1 = "/api/v1"


class Door:
    """Calls the API with tokens: ``door("acceptor").get("/cases")``; answers are checked to be JSON where they are not empty."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.tokens: dict[tuple[str, tuple[str, ...]], str] = {}

    def __call__(self, who: str = "", *, scopes: tuple[str, ...] = ("read", "write"), language: str = "en") -> "Caller":
        if who and (who, scopes) not in self.tokens:
            self.tokens[who, scopes] = issue_token(self.cast[who], str(uuid4()), now=NOW, scopes=scopes)
        return Caller(self.tokens.get((who, scopes), ""), language)


class Caller:
    def __init__(self, token: str, language: str) -> None:
        headers = {"Accept-Language": language}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.client = Client(headers=headers)

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(V1 + path, query or {}, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(V1 + path, body, content_type="application/json", headers=headers)

    def act(self, number: str, action: str, *, key: str | None = None, headers: dict[str, str] | None = None, **inputs: Any) -> Any:
        body = {"inputs": inputs} | ({"key": key} if key else {})
        return self.post(f"/cases/{number}/actions/{action}", body, **headers or {})

    def raw(self, path: str, body: bytes, content_type: str = "application/json") -> Any:
        return self.client.post(V1 + path, body, content_type=content_type)


def problem(response: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """Return the body of a refusal, after checking that it is one, of this status and code."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()  # type: ignore[attr-defined] # the test client's
    assert body["status"] == status
    assert body["code"] == code, body
    assert body["detail"]
    return body
