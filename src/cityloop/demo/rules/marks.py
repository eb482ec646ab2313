"""What marks a city as a demo: settings of it, written last, so that a city without them is none or is not done."""

from cityloop.kernel.translation import noop
from cityloop.organisation.rules.settings import Setting

ORIGIN = "demo.origin"
ACCOUNTS = "demo.accounts"

SETTINGS = (
    Setting(ORIGIN, "", noop("What this demo city was made from; empty in a real one")),
    Setting(ACCOUNTS, {}, noop("Which account stands for which post in this demo city")),
)
