"""A small city of its own, made and lived in by a process of its own: ``python small_city.py make | act``.

``make`` fills the database that the environment names: the cast, a grid, a few cases on their way. ``act`` then goes on
reporting and accepting until it is told to stop, a line for each number.
"""

import os
import sys
from pathlib import Path

TESTS = Path(__file__).parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "src")]
os.environ["DJANGO_SETTINGS_MODULE"] = "cityloop.site.settings.test"

SIGNS_IN = "dispatcher"


def make() -> None:
    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command
    from django.test import override_settings

    from cases.conftest import Desk, lay_grid
    from cast import PASSWORD, make_cast
    from cityloop.organisation.models import User
    from cityloop.site.paths import data_folder, secret_key

    call_command("migrate", verbosity=0)
    desk = Desk(make_cast())
    lay_grid()
    desk.to_close()
    desk.in_disposal()
    desk.filed()
    # The checks' quick digest of a password is none that a real installation takes.
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"]):
        User.objects.filter(username=SIGNS_IN).update(password=make_password(PASSWORD))
    secret_key(data_folder())
    for name in ("990101/ab/abcd/original", "990101/ab/abcd/thumb", "990101/cd/cdef/original"):
        path = data_folder() / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"what {name} shows".encode() * 500)
    (data_folder() / "media" / "990101" / ".under-way").write_text("half")


def act() -> None:
    from cases.conftest import Desk
    from cast import CITY, Cast
    from cityloop.organisation.models import User

    people = dict(User.objects.values_list("username", "id"))
    desk = Desk(Cast(CITY, people, {}))
    while True:
        number = desk.report().number
        desk("acceptor", number, "accept")
        print(number, flush=True)


if __name__ == "__main__":
    import django

    django.setup()
    {"make": make, "act": act}[sys.argv[1]]()
