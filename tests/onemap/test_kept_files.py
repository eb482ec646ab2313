"""A folder of kept tiles never grows beyond its bound, and the oldest go first."""

import os
from pathlib import Path

from cityloop.onemap.kept_files import KeptFiles


def test_what_is_kept_comes_back_with_its_age_and_goes_with_its_folder(tmp_path: Path) -> None:
    kept = KeptFiles(tmp_path, 1_000_000)
    assert kept.get("a/1") is None
    kept.put("a/1", b"one")
    kept.put("a/2", b"")
    os.utime(tmp_path / "a/1", (0, 0))
    found = kept.get("a/1")
    assert found is not None
    assert found[0] == b"one"
    assert found[1] > 1e9
    nothing = kept.get("a/2")
    assert nothing is not None
    assert nothing[0] == b"", "nothing is kept too"
    kept.drop("a")
    assert kept.get("a/1") is None


def test_the_oldest_go_first_and_the_bound_holds(tmp_path: Path) -> None:
    filling = KeptFiles(tmp_path, 100_000_000)
    for number in range(30):
        filling.put(f"x/{number}", bytes(5000))
        os.utime(tmp_path / f"x/{number}", (number, number))
    kept = KeptFiles(tmp_path, 100_000)
    assert kept.sweep() <= 90_000
    left = sorted(int(path.name) for path in (tmp_path / "x").iterdir())
    assert left == list(range(30 - len(left), 30))
    kept.put("x/large", bytes(200_000))
    assert kept.get("x/large") is None
