"""Where CityLoop keeps its things: one data folder."""

import os
import secrets
import shlex
import shutil
import sys
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """Return the data folder: ``CITYLOOP_DATA``, else /var/lib/cityloop as root, else the XDG data folder."""
    if given := os.environ.get("CITYLOOP_DATA"):
        return Path(given).resolve()
    return usual_folder()


def usual_folder() -> Path:
    """Return the data folder of a city for which no other was named."""
    if os.geteuid() == 0:
        return Path("/var/lib/cityloop")
    return Path(platformdirs.user_data_dir("cityloop"))


def usual_demo_folder() -> Path:
    """Return the data folder of a demo for which no other was named: beside a real city's, which it must never stand in the way of."""
    return usual_folder().with_name("cityloop-demo")


def command_line() -> str:
    """Return how a person calls ``cityloop`` on this data folder from another terminal: ``/opt/cityloop/.venv/bin/cityloop --data /srv/city``."""
    ours, found = Path(sys.executable).with_name("cityloop"), shutil.which("cityloop")
    is_found = found is not None and Path(found).exists() and ours.exists() and Path(found).samefile(ours)
    words = ["cityloop" if is_found or not ours.exists() else str(ours)]
    if (data := data_folder()) != usual_folder():
        words += ["--data", str(data)]
    return shlex.join(words)


def make_data_folder(data: Path) -> None:
    """Make the data folder where there is none. Others may pass through it, to the files that are theirs, but not look.

    As root PostgreSQL runs as another user, whose folders lie in it.
    """
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    if os.geteuid() == 0 and data.stat().st_mode & 0o011 != 0o011:
        data.chmod(data.stat().st_mode & 0o7777 | 0o011)


def passing_key(data: Path) -> str:
    """Return the installation's secret; where there is none yet, one for this process alone, which leaves no trace."""
    try:
        return (data / "secret").read_text().strip()
    except OSError:
        return secrets.token_urlsafe(48)


def secret_key(data: Path) -> str:
    """Return the installation's secret, made on first use and readable by its owner alone."""
    path = data / "secret"
    if not path.exists():
        make_data_folder(data)
        # Written whole beside its place: of two processes that start at once, one makes it and both read the same.
        draft = data / f"secret.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
