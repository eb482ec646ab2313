"""What a city decides about its public page."""

from typing import Final

from cityloop.kernel.translation import noop
from cityloop.organisation.rules.settings import Setting

IS_ON: Final = "intake.public_page"
TITLE: Final = "intake.public_title"
WORDS: Final = "intake.public_words"
THANKS: Final = "intake.public_thanks"
HOTLINE: Final = "intake.public_hotline"
CLASSES: Final = "intake.public_classes"
SHOWS_DUE: Final = "intake.public_due"
SHOWS_NEAR: Final = "intake.public_near"
PROOF: Final = "intake.public_proof"

SETTINGS: Final = (
    Setting(IS_ON, True, noop("Whether citizens report on the public page, without an account")),
    Setting(TITLE, "", noop("Heading of the public page; empty for the usual one")),
    Setting(WORDS, "", noop("A sentence below the heading; empty for the usual one")),
    Setting(THANKS, "", noop("What is said after a report was sent; empty for the usual words")),
    Setting(HOTLINE, "", noop("Telephone number for whoever cannot use the page; empty for none")),
    Setting(CLASSES, [], noop("Classes shown first, one a line; empty for those reported most often")),
    Setting(SHOWS_DUE, False, noop("Whether a reporter reads until when the case is due")),
    Setting(SHOWS_NEAR, True, noop("Whether the map shows open problems that others reported near by")),
    Setting(
        PROOF,
        "attack",
        noop("When a proof of work is asked for"),
        allowed=("attack", "always", "never"),
        names={
            "attack": noop("While the page is flooded"),
            "always": noop("With every report"),
            "never": noop("With no report"),
        },
    ),
)
