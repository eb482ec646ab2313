"""``python making.py VERSION [--code FOLDER]``: what a version leaves behind for those that come after it.

A small city is made by the code of that version, in a PostgreSQL of its own, and backed up into ``VERSION.zip`` beside this
file. ``tests/site/test_upgrade.py`` brings each of them up to the code as it stands.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
OURS = ("CITYLOOP_", "DJANGO_", "PYTEST_")
MAKES = "import runpy; runpy.run_path({script!r})['make']()"


def make(version: str, code: Path) -> Path:
    """Return the backup of a small city that the sources under ``code`` have made."""
    path = HERE / f"{version}.zip"
    if path.exists():
        raise SystemExit(f"{path} is there already: what a version left behind is never made anew")
    with tempfile.TemporaryDirectory(prefix="cl-release-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL runs as another user where this runs as root
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        given = {"CITYLOOP_DATA": f"{folder}/data", "PYTHONPATH": str(code / "src")}
        for words in (
            ["prepare"],
            ["shell", "--no-imports", "-c", MAKES.format(script=str(code / "tests" / "small_city.py"))],
            ["backup", str(path)],
        ):
            subprocess.run([sys.executable, "-m", "cityloop.site.cli", *words], env=kept | given, check=True)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version")
    parser.add_argument(
        "--code", type=Path, default=HERE.parents[1], help="the checkout that makes it; this one by default"
    )
    options = parser.parse_args()
    print(make(options.version, options.code.resolve()))
