"""What only the upload process refuses, with the statuses that tus gives."""

from typing import ClassVar

from cityloop.kernel.errors import CityError, Fault, InvalidInput, NotFound
from cityloop.kernel.translation import _, listed
from cityloop.media.rules import tus


class BadHeader(InvalidInput):
    code = "unreadable"
    http_status = 400


class WrongVersion(CityError):
    code = "wrong_version"
    http_status = 412


class WrongType(CityError):
    code = "wrong_type"
    http_status = 415


class WrongMethod(CityError):
    code = "wrong_method"
    http_status = 405


class Expired(CityError):
    code = "expired"
    http_status = 410


class NotTaken(CityError):
    code = "refused"
    http_status = 410


class WrongChecksum(CityError):
    """Source: tus 1.0.0, Checksum: 460."""

    code: ClassVar[str] = "wrong_checksum"
    http_status: ClassVar[int] = 460


def unreadable(exc: tus.Unreadable) -> BadHeader:
    """Return the refusal of a header."""
    if isinstance(exc, tus.UnknownAlgorithm):
        return BadHeader(
            _("Checksums by “%(algorithm)s” are not known here. Known are: %(known)s.")
            % {"algorithm": exc.algorithm[:40], "known": listed(tus.ALGORITHMS)},
            faults=[Fault(exc.header, _("names an unknown algorithm"), exc.algorithm[:40])],
        )
    return BadHeader(
        _("The header %(name)s is missing or cannot be read.") % {"name": exc.header},
        faults=[Fault(exc.header, _("is missing or cannot be read"))],
    )


def nothing_here() -> NotFound:
    return NotFound(_("There is no such upload, or it is not yours. Begin it anew."))
