"""What stands against a proposal, and how it is told: pure."""

from dataclasses import dataclass

from cityloop.kernel.translation import _

SAME_PLACE_M = 2.0
"""A new part of a class nearer than this to another of it is probably the same: two surveys differ by as much."""


@dataclass(frozen=True, slots=True)
class Against:
    """What of the present stands against a proposal.

    Args:
        is_gone: The part that it speaks of stands there no more.
        is_outdated: The part was changed since whoever proposes looked at it.
        others: Waiting proposals about the same part.
        near: Codes of parts of the same class at the place of a new one.
    """

    is_gone: bool = False
    is_outdated: bool = False
    others: int = 0
    near: tuple[str, ...] = ()

    @property
    def forbids(self) -> str:
        """Why it cannot be accepted at all; "" where it can."""
        return _("The part is gone already: there is nothing to change.") if self.is_gone else ""

    @property
    def warns(self) -> str:
        """Why whoever accepts has to look first; "" where nothing is against it."""
        if self.is_outdated:
            return _("The part was changed since this was proposed.")
        if self.near:
            return _("A part of the same class stands there already: %(code)s.") % {"code": self.near[0]}
        if self.others:
            return _("%(count)d more proposals speak of the same part.") % {"count": self.others}
        return ""
