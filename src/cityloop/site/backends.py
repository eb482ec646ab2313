"""The one way to open an account with a password: organisation's, which counts failures and shuts the door."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from typing_extensions import override

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import NotSignedIn
from cityloop.organisation import actions
from cityloop.organisation.queries import account

if TYPE_CHECKING:
    from cityloop.organisation.models import User


class GuardedBackend(ModelBackend):
    """Django's own, with the sign-in of ``organisation``. Raises its ``TooMany`` where the door is shut."""

    @override
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_kwargs: Any
    ) -> "User | None":
        if request is None or username is None or password is None:
            return None
        address = request.META.get("REMOTE_ADDR", "")
        try:
            return actions.sign_in(username, password, address=address, now=machine_now())
        except NotSignedIn:
            return None

    @override
    def get_user(self, user_id: int) -> "User | None":
        user = account(user_id)
        return user if self.user_can_authenticate(user) else None
