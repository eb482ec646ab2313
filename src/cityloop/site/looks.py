"""How the pages look and sound in one browser: light, dark or as the system has it; a sound or none. Kept in cookies."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from cityloop.kernel.translation import lazy as _

THEME, SOUND = "cityloop_theme", "cityloop_sound"
YEAR_S = 365 * 86_400
THEMES: dict[str, str | Promise] = {
    "": _("As the system has it"),
    "light": _("Light colours"),
    "dark": _("Dark colours"),
}


@dataclass(frozen=True, slots=True)
class Looks:
    """What this browser was told. ``theme``: a key of ``THEMES``."""

    theme: str
    sound: bool

    @property
    def themes(self) -> list[tuple[str, str | Promise]]:
        return list(THEMES.items())

    @property
    def other(self) -> str:
        """The theme that the switch leads to."""
        return "light" if self.theme == "dark" else "dark"


def looks_of(request: HttpRequest) -> Looks:
    """Return how the pages look in the browser that asks; nonsense in a cookie counts as nothing."""
    theme = request.COOKIES.get(THEME, "")
    return Looks(theme if theme in THEMES else "", request.COOKIES.get(SOUND) == "1")


@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen in this browser, and go back to where it was chosen; what was not asked stays as it is."""
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    answer = HttpResponseRedirect(back if is_ours else reverse("home"))
    for name, cookie, allowed in (("theme", THEME, set(THEMES)), ("sound", SOUND, {"", "1"})):
        value = request.POST.get(name)
        if value in allowed:
            answer.set_cookie(
                cookie, value, max_age=YEAR_S, samesite="Lax", secure=request.is_secure(), httponly=name != "sound"
            )
    return answer
