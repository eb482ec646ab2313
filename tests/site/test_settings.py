import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cityloop.site.settings import env

ROOT = Path(__file__).parents[2]
READ = re.compile(r"[\"'](CITYLOOP_[A-Z_]+)[\"']")
SET_BY_US = {"CITYLOOP_SUPERVISED"}


def variables_read() -> set[str]:
    sources = [path.read_text() for path in (ROOT / "src").rglob("*.py")]
    return {name for text in sources for name in READ.findall(text)}


def variables_explained() -> set[str]:
    return set(re.findall(r"^\| `(CITYLOOP_[A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))


def test_each_variable_that_is_read_is_explained_and_no_other() -> None:
    assert variables_read() - SET_BY_US == variables_explained()
    assert variables_explained() | SET_BY_US == env.NAMES


@pytest.mark.parametrize(("settings", "makes_a_secret"), [("dev", False), ("looking", False), ("prod", True)])
def test_only_a_real_installation_makes_a_secret(settings: str, makes_a_secret: bool, tmp_path: Path) -> None:
    data = tmp_path / "data"
    environment = os.environ | {"CITYLOOP_DATA": str(data)}
    subprocess.run(
        [sys.executable, "-c", f"import cityloop.site.settings.{settings} as s; assert len(s.SECRET_KEY) > 15"],
        env=environment,
        check=True,
    )
    assert (data / "secret").exists() is makes_a_secret
    if makes_a_secret:
        assert (data / "secret").stat().st_mode & 0o777 == 0o600
