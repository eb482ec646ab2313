"""What marks a city as a demo: settings of it, written last, so that a city without them is none or is not done."""

from dataclasses import dataclass

from cityloop.kernel.translation import noop
from cityloop.organisation.rules.settings import Setting

ORIGIN = "demo.origin"
ACCOUNTS = "demo.accounts"
MADE_OF = "demo.made_of"

SETTINGS = (
    Setting(ORIGIN, "", noop("What this demo city was made from; empty in a real one"), is_inner=True),
    Setting(ACCOUNTS, {}, noop("Which accounts stand for which post in this demo city"), is_inner=True),
    Setting(
        MADE_OF, {}, noop("Seed and size of this demo city; empty where nothing is simulated in it"), is_inner=True
    ),
)


@dataclass(frozen=True, slots=True)
class MadeOf:
    """What a demo city was made of, so that its life goes on from it.

    Args:
        seed: Draws everything.
        is_small: Of which of the two extents its ground is.
        a_day: Reports on the average day.
        streets: In how many streets photos are taken; 0: each case in its own.
    """

    seed: int
    is_small: bool
    a_day: float
    streets: int
