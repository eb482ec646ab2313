"""What stands after ``?`` in a call of the API: a filter with a slip of the pen must not quietly give everything."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, get_args, get_type_hints

from django.http import HttpRequest
from ninja.params.models import Query

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _, listed

View = Callable[..., Any]

SHOWN = 20
"""Unknown names that are told one by one."""


def knowing_parameters(view: View) -> View:
    """Return a call of the API that refuses every parameter it does not know; its signature says which it knows.

    Who asks was found out before, so a stranger learns nothing of it.
    """
    hints = get_type_hints(view, include_extras=True)
    known = sorted({name for hint in hints.values() for name in _names(hint)})

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.GET.keys() <= set(known):
            raise _unknown(sorted(request.GET.keys() - set(known)), known)
        return view(request, *args, **kwargs)

    return checked


def _names(hint: Any) -> Iterator[str]:
    """Yield the names of a parameter declared as ``Query[Model]``; none for anything else."""
    model, *marks = get_args(hint) or (None,)
    if any(isinstance(mark, Query) for mark in marks):
        yield from model.model_fields


def _unknown(names: list[str], known: list[str]) -> InvalidInput:
    return InvalidInput(
        _("This call does not know: %(names)s. It knows: %(known)s.")
        % {"names": listed(names)[:200], "known": listed(known) or "–"},
        faults=[Fault(name[:80], _("is unknown here")) for name in names[:SHOWN]],
    )
