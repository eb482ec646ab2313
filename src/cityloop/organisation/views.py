"""What somebody sees and sets of themselves: their profile, the post they work in, their password."""

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from typing_extensions import override

from cityloop.kernel.translation import language
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.pages import WORN, at_desk
from cityloop.organisation.queries import viewer_now
from cityloop.organisation.queries.posts import post_lines
from cityloop.organisation.rules.staffing import Viewer


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


@require_safe
@at_desk
def me(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Somebody's profile: who they are, their posts and in which of them they work, how the pages look and sound."""
    everything = viewer_now(viewer.user_id)
    shown = {
        "viewer": viewer,
        "account": request.user,
        "posts": post_lines(everything, english=not language().startswith("zh")),
        "worn": viewer.posts[0].key if len(viewer.posts) == 1 < len(everything.posts) else "",
    }
    return render(request, "organisation/me.html", shown)


@require_POST
@at_desk
def wear(request: HttpRequest, _viewer: Viewer) -> HttpResponse:
    """Work in one of several posts from now on, or in all of them again; a post that is none of theirs changes nothing."""
    request.session[WORN] = request.POST.get("post", "")[:100]
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if is_ours else reverse_lazy("desk-me"))
