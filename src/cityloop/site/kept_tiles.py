"""Tiles that were answered before, for as long as everything that decided about them stands.

One statement asks for all of it: the session, the account, what is configured, what has changed on the ground under the tile. Where it
says what it said when the tile was made, and the clock has ended nothing meanwhile, the answer is the same, and nothing else is done.
Who has signed out, was barred or lost a post, and whose ground has changed, is answered anew: their statement says something else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError
from cityloop.kernel.pages import is_held
from cityloop.kernel.sql import prepared_cursor
from cityloop.onemap import queries as onemap
from cityloop.onemap.queries import Kept
from cityloop.onemap.rules import Tile, layer_names

START, END = "/tiles/", ".mvt"
MOST_SESSIONS = 20_000

STANDS = f"""
SELECT (SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s),
    (SELECT hashtextextended(account::text, 0) FROM organisation_user AS account WHERE id = %s),
    (SELECT bit_xor(hashtextextended(jurisdiction, version)) FROM kernel_configversion),
    ARRAY(SELECT v.source || ' ' || v.version FROM ({onemap.VERSIONS}) AS v (source, version) ORDER BY v.source)
"""

Asked = tuple[str, str, str]
"""The session, the language and the address with its query."""


class Square(NamedTuple):
    """The tile that an address names, and the tables that its layers read."""

    at: Tile
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, what stood when it was made, and until when the clock changes nothing of it."""

    body: bytes
    status: int
    headers: Mapping[str, str]
    match: Any
    user_id: int | None
    stood: tuple[Any, ...]
    until: datetime
    square: Square


def may_keep(response: HttpResponse, user_id: int | None, until: datetime) -> None:
    """Say of an answer that it was made for this account (None: for everybody), and until when the clock changes nothing of it."""
    response.made_for = (user_id, until)  # type: ignore[attr-defined]


class KeptTiles:
    """Stands before the session, which a kept answer does not need. A tile that the browser holds is answered with 304."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.kept = Kept[Answered](settings.TILE_CACHE_BYTES // 2)
        self.users: dict[str, int | None] = {"": None}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or not request.path.startswith(START):
            return self.get_response(request)
        request.get_host()  # refused here too, if it is none of ours
        session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        asked = (session, request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""), request.get_full_path())
        answered = self.kept.get(asked)
        if answered is None:
            response = self._first(request, asked)
        elif machine_now() < answered.until and answered.stood == stands(session, answered.user_id, answered.square):
            request.resolver_match = answered.match
            response = HttpResponse(answered.body, status=answered.status, headers=dict(answered.headers))
        else:
            response = self._anew(request, asked, answered.user_id, answered.square)
        return _unless_held(request, response)

    def _first(self, request: HttpRequest, asked: Asked) -> HttpResponse:
        """Answer what was never asked so; keep the answer where it is known by now whose session it is."""
        session, _language, _path = asked
        square = square_of(request.path)
        if square is not None and session in self.users:
            return self._anew(request, asked, self.users[session], square)
        response = self.get_response(request)
        if made_for := getattr(response, "made_for", None):
            if len(self.users) > MOST_SESSIONS:
                self.users = {"": None}
            self.users[session] = made_for[0]
        return response

    def _anew(self, request: HttpRequest, asked: Asked, user_id: int | None, square: Square) -> HttpResponse:
        # Asked before the tile is made: a change in between lets it stand for older than it is, never for newer.
        stood = stands(asked[0], user_id, square)
        response = self.get_response(request)
        made_for = getattr(response, "made_for", None)
        if made_for is not None and not response.cookies:
            whose, until = made_for
            self.users[asked[0]] = whose
            if whose == user_id:
                headers = dict(response.headers)
                answered = Answered(
                    response.content, response.status_code, headers, request.resolver_match, whose, stood, until, square
                )
                self.kept.put(asked, answered)
        return response


def square_of(path: str) -> Square | None:
    """Return the tile that an address names; None where it names none, or one of which nothing is kept."""
    try:
        names, zoom, x, y = path.removeprefix(START).removesuffix(END).split("/")
        at, shown = Tile.parse(zoom, x, y), onemap.named(layer_names(names))
    except (CityError, ValueError):
        return None
    if not all(onemap.may_be_kept(layer, at) for layer in shown):
        return None
    return Square(at, tuple(sorted({source for layer in shown for source in layer.sources})))


def stands(session: str, user_id: int | None, square: Square) -> tuple[Any, ...]:
    """Return all that decides about an answer, as it stands: one statement."""
    with prepared_cursor() as cursor:
        values = [session, timezone.now(), user_id, *onemap.version_values(square.at, square.sources)]
        cursor.execute(STANDS, values)
        session_data, account, configured, ground = cursor.fetchone()
    return session_data, account, configured, tuple(ground)


def _unless_held(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the answer without its body where the browser holds it already."""
    if response.status_code != 200 or not is_held(request, response.get("ETag", "")):
        return response
    held = HttpResponse(status=304, headers=dict(response.headers))
    for name in ("Content-Type", "Content-Length"):
        if name in held.headers:
            del held.headers[name]
    return held
