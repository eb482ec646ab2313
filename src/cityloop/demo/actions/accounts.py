"""Who may sign in to a demo: one account for each post, told in a file of the data folder."""

from base64 import b32encode
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.utils.crypto import salted_hmac

from cityloop.cases.queries.waiting import LED
from cityloop.demo.queries import accounts
from cityloop.demo.rules.marks import ACCOUNTS, MADE_OF, ORIGIN, MadeOf
from cityloop.kernel.translation import _, language
from cityloop.organisation import actions
from cityloop.organisation.queries import city
from cityloop.organisation.rules.staffing import STANDARD_POSTS

FILE = "sign-in.txt"
"""The supervisor shows it under the address."""


def demo_password(jurisdiction: str) -> str:
    """Return the password of all accounts that open in a demo city.

    It follows from the installation's secret: nobody elsewhere can know it, and the file that tells it can be written
    again at any time.
    """
    digest = salted_hmac("cityloop.demo.password", jurisdiction, algorithm="sha256").digest()
    letters = b32encode(digest)[:12].decode().lower()
    return "-".join(letters[first : first + 4] for first in (0, 4, 8))


def mark_as_demo(jurisdiction: str, origin: str, holders: dict[str, list[int]], made_of: MadeOf | None = None) -> None:
    """Note that the city is a demo and is done.

    Args:
        jurisdiction: Its code.
        origin: What it was made from, in words.
        holders: For each post the ids of the accounts that the sheet names and the door lets in.
        made_of: What its simulation goes on from; None where nothing is simulated in it.
    """
    values: dict[str, object] = {ORIGIN: origin, ACCOUNTS: holders}
    if made_of is not None:
        values |= {MADE_OF: asdict(made_of), LED: True}
    actions.change_settings(jurisdiction, values)


def sign_in_path() -> Path:
    return Path(settings.DATA) / FILE


def tell_who_may_sign_in(jurisdiction: str) -> None:
    """Write the accounts and their password into the file, readable by its owner alone, unless it says so already."""
    lines = [
        _("Demo of %(city)s. The password of every account is %(password)s")
        % {"city": city(jurisdiction).name, "password": demo_password(jurisdiction)},
        *(f"  {one.username:<16} {_post_name(one.post)} {one.name}" for one in accounts(jurisdiction)),
        *_what_to_know(jurisdiction),
    ]
    path, text = sign_in_path(), "\n".join(lines) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    draft = path.with_suffix(".new")  # written whole beside its place: nobody reads half of it
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _what_to_know(jurisdiction: str) -> list[str]:
    """Return what makes looking around easier: the one click, and a time that is not that of the reader."""
    lines = [_("The sign-in page lets you in as each of them with one click.")]
    place = city(jurisdiction)
    if place.clock:
        began = place.clock.origin.astimezone(place.time_zone)
        text = _(
            "The city lives by a clock of its own, which began at %(time)s; the home page shows what time it is there."
        )
        lines.append(text % {"time": f"{began:%Y-%m-%d %H:%M}"})
    return lines


def _post_name(code: str) -> str:
    post = STANDARD_POSTS[code]
    return post.name_en if language() == "en" else post.name
