"""Making a demo city."""

from cityloop.demo.actions.accounts import demo_password, sign_in_path, tell_who_may_sign_in
from cityloop.demo.actions.founding import TIME_ZONE
from cityloop.demo.actions.importing import open_imported_city
from cityloop.demo.actions.making import FULL, SIZES, SMALL, Made, Size, make_city
from cityloop.demo.actions.pacing import go_on

__all__ = [
    "FULL",
    "SIZES",
    "SMALL",
    "TIME_ZONE",
    "Made",
    "Size",
    "demo_password",
    "go_on",
    "make_city",
    "open_imported_city",
    "sign_in_path",
    "tell_who_may_sign_in",
]
