"""Numbers of parts, given without gaps: a number is taken in the transaction that writes its part, or not at all."""

from cityloop.assets import models
from cityloop.kernel.errors import Conflict, InvalidInput
from cityloop.kernel.translation import _
from cityloop.standards.rules.codes import PART_DIGITS, PartCode

MOST = 999_999


def next_codes(jurisdiction: str, division: str, class_code: str, scheme: str, count: int = 1) -> list[str]:
    """Give the next codes of a class, in order; call it within the transaction that writes the parts.

    The counter's row is locked until then, so that two who ask at once get neighbours and a refusal gives its number back.
    Codes that parts brought with them are counted past, those of removed parts are never given again.

    Raises:
        InvalidInput: Division and class make no code of the scheme.
        Conflict: The six digits are used up.
    """
    prefix = f"{division}{class_code}"
    if len(prefix) != PART_DIGITS.get(scheme, 0) - 6:
        raise InvalidInput(
            _("A part of the class “%(class)s” in the division “%(division)s” has no code under this scheme.")
            % {"class": class_code[:10], "division": division[:10]}
        )
    models.PartCounter.objects.bulk_create(
        [models.PartCounter(jurisdiction=jurisdiction, prefix=prefix)], ignore_conflicts=True
    )
    counter = models.PartCounter.objects.select_for_update().get(jurisdiction=jurisdiction, prefix=prefix)
    first = max(counter.last, _highest(jurisdiction, prefix)) + 1
    last = first + count - 1
    if last > MOST:
        raise Conflict(_("The numbers of this class are used up: a code has six digits for them."))
    models.PartCounter.objects.filter(pk=counter.pk).update(last=last)
    return [str(PartCode.parse(f"{prefix}{number:06}", scheme)) for number in range(first, last + 1)]


def _highest(jurisdiction: str, prefix: str) -> int:
    """Return the highest number that a part has, also a removed one: a look at one end of an index."""
    codes = models.Part.objects.filter(
        jurisdiction=jurisdiction, code__gte=f"{prefix}000000", code__lte=f"{prefix}999999"
    )
    highest = codes.order_by("-code").values_list("code", flat=True).first()
    return int(highest[-6:]) if highest else 0
