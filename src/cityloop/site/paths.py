"""Where CityLoop keeps its things: one data folder."""

import os
import secrets
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """Return the data folder: ``CITYLOOP_DATA``, else /var/lib/cityloop as root, else the XDG data folder."""
    if given := os.environ.get("CITYLOOP_DATA"):
        return Path(given).resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/cityloop")
    return Path(platformdirs.user_data_dir("cityloop"))


def secret_key(data: Path) -> str:
    """Return the installation's secret, made on first use and readable by its owner alone."""
    path = data / "secret"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
