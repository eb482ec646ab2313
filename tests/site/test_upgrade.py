"""What every version left behind is brought up to the code as it stands, and lives on."""

import json
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from installations import empty_place

pytestmark = pytest.mark.xdist_group("backup")

ROOT = Path(__file__).parents[2]
UPGRADES = ROOT / "tests" / "upgrades"
VERSIONS = sorted(path.stem for path in UPGRADES.glob("*.zip"))

GOES_ON = """
import json
from cases.conftest import Desk
from cast import CITY, Cast
from cityloop.cases.models import Case, CaseEvent
from cityloop.organisation.models import User
desk = Desk(Cast(CITY, dict(User.objects.values_list("username", "id")), {}))
number = Case.objects.get(state="filed").number
desk("dispatcher", number, "dispatch", department="HW")
print(json.dumps([Case.objects.get(number=number).state, CaseEvent.objects.filter(case__number=number).count()]))
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="cl-upgrade-", dir="/var/tmp"))
    parent.chmod(0o711)  # PostgreSQL runs as another user where the tests run as root
    yield parent
    shutil.rmtree(parent)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_city_of_an_older_version_is_brought_up_to_date_and_lives_on(version: str, folder: Path) -> None:
    path = UPGRADES / f"{version}.zip"
    with zipfile.ZipFile(path) as opened:
        manifest = json.loads(opened.read("manifest.json"))
    assert manifest["cityloop"] == version
    with empty_place(folder, code=f"{ROOT / 'src'}:{ROOT / 'tests'}") as place:
        said = place.done("restore", str(path))
        assert "the same, hash by hash" in said
        assert "0 findings" in said
        held = place.ask("SELECT (SELECT count(*) FROM cases_case), (SELECT count(*) FROM cases_caseevent)")
        assert held == [(manifest["cases"], manifest["events"])]
        ended = place.done("shell", "--no-imports", "-v0", "-c", GOES_ON)
        assert json.loads(ended.splitlines()[-1]) == ["dispatched", 4]
        assert "0 findings" in place.done("verify")


def test_every_version_left_something_behind() -> None:
    assert VERSIONS
    told = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert sorted(told) == VERSIONS
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "tag", "--list", "v*"], cwd=ROOT, check=True, capture_output=True, text=True)
        assert {tag.removeprefix("v") for tag in listed.stdout.split()} <= set(VERSIONS)
