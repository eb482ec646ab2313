"""The page on which somebody changes their own password."""

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpResponse
from django.urls import reverse_lazy
from typing_extensions import override

from cityloop.kernel.translation import lazy as _


class NewPasswordForm(PasswordChangeForm):
    """The old password, and the new one twice; the rules are the installation's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("Old password")
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password2"].label = _("New password again")

    @property
    def boxes(self) -> list[forms.BoundField]:
        return [self[name] for name in ("old_password", "new_password1", "new_password2")]


class Password(PasswordChangeView):
    template_name = "organisation/password.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("home")

    @override
    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


password = Password.as_view()
