"""What one person may do so many times only, done from two windows at once."""

from collections.abc import Callable
from typing import Any

import pytest

from cases.conftest import MANHOLE, Desk
from cases.test_perform import together
from cast import CITY
from cityloop.cases import models
from cityloop.cases.actions import exporting, favourites, phrases, searching
from cityloop.kernel.errors import CityError
from cityloop.organisation.rules.staffing import Viewer

pytestmark = pytest.mark.django_db(transaction=True)

ACTS: dict[str, tuple[Any, Callable[[Viewer, int], Any]]] = {
    "export": (models.Export, lambda viewer, n: exporting.ask_export(viewer, f"number={n}")),
    "search": (models.SavedSearch, lambda viewer, n: searching.save_search(viewer, f"mine {n}", "number=1")),
    "favourite": (
        models.FavouriteClass,
        lambda viewer, n: favourites.like_class(viewer, f"{MANHOLE[:-1]}{n + 1}", is_favourite=True),
    ),
    "phrase": (models.Phrase, lambda viewer, n: phrases.keep_phrase(viewer, CITY, f"同意 {n}")),
}


@pytest.mark.parametrize("what", ACTS)
def test_of_many_at_once_only_so_many_as_may_are_taken(
    what: str, committed_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_defer", lambda _export: None)
    for room, name in ((searching, "MOST_SAVED"), (favourites, "MOST"), (phrases, "MOST_OWN")):
        monkeypatch.setattr(room, name, 1)
    table, act = ACTS[what]
    viewer, before = committed_desk.cast.viewer("acceptor"), table.objects.count()
    done = together([lambda n=n: act(viewer, n) for n in range(6)])  # type: ignore[misc]
    assert len([one for one in done if isinstance(one, CityError)]) == 5, done
    assert table.objects.count() == before + 1
