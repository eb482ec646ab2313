"""Phone numbers as people write them."""

import re

from cityloop.kernel.translation import noop

NO_PHONE = noop("This is no phone number: write 7 to 15 digits, such as 13800000000.")
"""15: no number of the world has more (ITU-T E.164)."""

_PHONE = re.compile(r"\+?[0-9 ()/-]+(?:\s*(?:转|x|ext\.?)\s*[0-9]{1,6})?")
_EXTENSION = re.compile(r"(?:转|x|ext)")


def read_phone(text: str) -> str:
    """Return the phone number as it was written; an extension may follow after ``转``, ``x`` or ``ext``.

    Raises:
        ValueError: It is none.
    """
    number = text.strip()
    digits = re.sub(r"[^0-9]", "", _EXTENSION.split(number.lower())[0])
    if not _PHONE.fullmatch(number.lower()) or not 7 <= len(digits) <= 15:
        raise ValueError(text)
    return number
