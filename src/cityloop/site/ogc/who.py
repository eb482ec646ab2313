"""Who asks for open data, and which layers there are for them.

Without a sign-in: the public layers. With a session or an API token: what its owner's lists show. A token that was made for base
data alone (scope ``geodata``) sees no cases, whatever its owner sees.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import NotAllowed, NotFound, NotSignedIn
from cityloop.kernel.translation import _, language
from cityloop.onemap import queries as onemap
from cityloop.onemap.choices import Group
from cityloop.onemap.rules import Layer, Look
from cityloop.organisation import actions, queries
from cityloop.organisation.choices import TokenScope
from cityloop.organisation.queries import TokenBearer
from cityloop.site.maps import look_at


class WrongScope(NotAllowed):
    code = "scope"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads open data: how they look, and whether work in hand is theirs to see."""

    look: Look
    is_anonymous: bool
    sees_work: bool = True

    @property
    def layers(self) -> Sequence[Layer]:
        """What there is for them, in the order of names."""
        return [layer for layer in onemap.layers() if layer.features is not None and self._finds(layer)]

    def layer(self, name: str) -> Layer:
        """Return the layer of this name.

        Raises:
            NotFound: There is none for them: a stranger is not told of what exists.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise NotFound(_("There is no collection “%(name)s” for you. See /ogc/collections.") % {"name": name[:40]})

    def _finds(self, layer: Layer) -> bool:
        if not self.sees_work and layer.group is Group.WORK:
            return False
        return layer.is_public or bool(self.look.cities)


def reader_of(request: HttpRequest) -> Reader:
    """Return who asks.

    Raises:
        NotSignedIn: A token came that is none of ours.
        NotAllowed: The token may not be used for this.
    """
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is not None:
        bearer = _bearer(header)
        sees_work = bearer.may(TokenScope.READ)
        return Reader(look_at(queries.viewer_now(bearer.user.pk), language()), is_anonymous=False, sees_work=sees_work)
    user_id = request.user.pk
    viewer = None if user_id is None else queries.viewer_now(user_id)
    return Reader(look_at(viewer, language()), is_anonymous=viewer is None)


def _bearer(header: str) -> TokenBearer:
    kind, _space, given = header.partition(" ")
    token = given.strip()
    if kind.lower() == "basic":
        token = _password(token)
    elif kind.lower() != "bearer":
        raise NotSignedIn(_("Only tokens are taken here: Authorization: Bearer cl_…, or the token as the password."))
    now = machine_now()
    bearer = queries.user_by_token(token, now)
    if bearer is None:
        raise NotSignedIn(_("This token is unknown, has expired or was revoked. Ask for a new one."))
    if not bearer.may(TokenScope.GEODATA):
        raise WrongScope(
            _("This token may not be used for that: it needs the scope “%(scope)s”.") % {"scope": "geodata"}
        )
    if bearer.last_used_on != now.date():
        actions.note_token_use(bearer.token_id, now.date())
    return bearer


def _password(encoded: str) -> str:
    """Return the password of HTTP's basic scheme: many map programs know no other way to send a token."""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
