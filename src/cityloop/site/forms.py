"""The form at the door."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from typing_extensions import override

from cityloop.kernel.errors import CityError, TooMany
from cityloop.kernel.slots import panels_in
from cityloop.kernel.translation import lazy as _


class SignInForm(AuthenticationForm):
    """Name and password; what is wrong is said in our words, a lock-out among it."""

    error_messages = {
        "invalid_login": _("The name or the password is wrong. Capital letters count in the password."),
        "inactive": _("This account is switched off. Ask your system administrator."),
    }
    is_locked_out = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name, password = self.fields["username"], self.fields["password"]
        name.label, password.label = _("User name"), _("Password")
        # A telephone would write the first letter large and correct a name.
        name.widget.attrs.update(autocapitalize="none", autocorrect="off", spellcheck="false", autocomplete="username")
        name.error_messages["required"] = _("Enter your user name.")
        password.error_messages["required"] = _("Enter your password.")
        if self.data.get("username"):  # tried before: the name stays, the password is what is typed again
            del name.widget.attrs["autofocus"]
            password.widget.attrs["autofocus"] = True
        elif self.request is not None and any(panels_in("sign-in", self.request, None)):
            del name.widget.attrs["autofocus"]  # the browser would scroll past what is offered above

    @override
    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except CityError as exc:
            self.is_locked_out = isinstance(exc, TooMany)
            raise ValidationError(exc.message, code=exc.code) from exc

    @property
    def summary(self) -> list[str]:
        """What is wrong with the form as a whole."""
        return [str(error) for error in self.non_field_errors()]

    @property
    def boxes(self) -> list[forms.BoundField]:
        return [self["username"], self["password"]]
