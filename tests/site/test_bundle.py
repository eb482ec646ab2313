"""What ``script/bundle`` packs. Installed it is by ``script/bundle --try``, which takes minutes."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILDS_ONLY = {"gettext"}
"""What the set-up of a checkout needs of Debian, and an installed CityLoop does not."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    hatchling = Path(sys.executable).with_name("hatchling")
    subprocess.run([hatchling, "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True, capture_output=True)
    return set(zipfile.ZipFile(next(folder.glob("*.whl"))).namelist())


def test_the_wheel_holds_all_files_of_the_package(wheel: set[str]) -> None:
    package = ROOT / "src" / "cityloop"
    there = {path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    known = {str(path.relative_to(package.parent)) for path in there if "/static/built/" not in str(path)}
    assert known - wheel == set()


def test_the_wheel_holds_what_is_built_and_git_leaves_out(wheel: set[str]) -> None:
    assert "cityloop/site/static/built/manifest.json" in wheel
    assert any(re.fullmatch(r"cityloop/site/static/built/assets/main-.*\.css", name) for name in wheel)
    assert "cityloop/locale/zh_Hans/LC_MESSAGES/django.mo" in wheel


def test_the_bundle_brings_whatever_the_set_up_takes_from_debian() -> None:
    needs = re.findall(r'NEEDS="(.*?)"', (ROOT / "script" / "bootstrap").read_text(), re.DOTALL)[0]
    wanted = {package for line in needs.splitlines() for package in line.split("|")[2].split()}
    [packages] = re.findall(r"^PACKAGES=\((.*)\)", (ROOT / "script" / "bundle").read_text(), re.MULTILINE)
    assert wanted - BUILDS_ONLY - set(packages.split()) == set()


@pytest.mark.parametrize("script", ["script/bundle", "deploy/bundle/install", "deploy/bundle/try"])
def test_the_scripts_can_be_read_by_bash(script: str) -> None:
    subprocess.run(["bash", "-n", ROOT / script], check=True)
