"""The certificate that ``cityloop up`` serves: where it lies, and how it is kept young while people work.

In ``tls/`` of the data folder, for its owner alone:

    root.pem, root.key   the city's own authority (``CITYLOOP_TLS=local``), made once; devices trust it
    served.pem           certificate and key that web and uploads serve, in one file so that they always belong together
"""

import os
import ssl
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cityloop.kernel.errors import InvalidInput, Unavailable
from cityloop.kernel.translation import _, listed
from cityloop.site import certificates
from cityloop.site.addresses import Names, beyond_this_machine, names_of, own_addresses, own_name
from cityloop.site.certificates import Pair
from cityloop.site.findings import Finding, note, wrong
from cityloop.site.paths import make_data_folder
from cityloop.site.settings import env

FOLDER, ROOT, ROOT_KEY, SERVED = "tls", "root.pem", "root.key", "served.pem"
TOLD_BEFORE_ROOT = timedelta(days=365)
KEY_BEGINS = b"-----BEGIN PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is served on one data folder, by ``settings``, to those who ask for one of ``hosts``."""

    settings: env.Tls
    data: Path
    hosts: tuple[str, ...]
    life: timedelta = certificates.LEAF_LIFE

    @property
    def served(self) -> Path:
        return self.data / FOLDER / SERVED

    def bring_up_to_date(self, now: datetime) -> bool:
        """Make, renew or take over what is served; return whether it is another than before.

        Raises:
            Unavailable, InvalidInput: There is none that could be served.
        """
        before = self.what_is_served()
        after = self._given() if self.settings.mode == "files" else self._issued(before, now)
        if after == before:
            return False
        _write(self.served, after.certificate + after.key)
        return True

    def what_is_served(self) -> Pair | None:
        try:
            text = self.served.read_bytes()
        except OSError:
            return None
        certificate, begins, key = text.partition(KEY_BEGINS)
        try:
            return certificates.read(certificate, begins + key)
        except InvalidInput:  # damaged: as good as none
            return None

    def names(self) -> Names:
        """Return what people may ask for now; with an authority of our own the machine's addresses too."""
        return names_of(self.hosts, () if self.settings.mode == "files" else own_addresses())

    def _given(self) -> Pair:
        return certificates.read(_read(self.settings.certificate), _read(self.settings.key))

    def _issued(self, before: Pair | None, now: datetime) -> Pair:
        names = self.names()
        root = self._root(names, now)
        if before and not certificates.is_due(root, before, names, now):
            return before
        return certificates.issue(root, names, now, self.life)

    def _root(self, names: Names, now: datetime) -> Pair:
        folder = self.data / FOLDER
        if not (folder / ROOT).exists():
            # The machine's name is allowed from the first day on: a city often takes it into CITYLOOP_HOSTS later.
            ever = names_of(self.hosts, names.addresses, own_name())
            made = certificates.new_authority(ever, own_name(), now)
            _write(folder / ROOT_KEY, made.key)  # first: a root whose key is missing would be of no use to anybody
            _write(folder / ROOT, made.certificate)
        try:
            root = certificates.read(_read(folder / ROOT), _read(folder / ROOT_KEY))
        except InvalidInput as exc:
            raise InvalidInput(_("In %(folder)s: %(why)s") % {"folder": folder, "why": exc.message}) from exc
        if certificates.spoken_by(root.certificate).ends <= now:
            text = _(
                "The city's own root certificate has ended. Move %(folder)s away and all devices take in a new one."
            )
            raise InvalidInput(text % {"folder": folder})
        return root


def look(certificate: Certificate, now: datetime) -> Iterator[Finding]:
    """Say what is wrong with what is served, or would be, on a data folder.

    Raises:
        Unavailable, InvalidInput: It cannot be used at all.
    """
    if certificate.settings.mode == "files":
        given = certificates.read(_read(certificate.settings.certificate), _read(certificate.settings.key))
        how = _(
            "Put a new certificate and its key in the place of the old ones; “cityloop up” takes them within a minute."
        )
        yield from certificates.judge(given.certificate, beyond_this_machine(certificate.names()), now, how)
        yield from _keys(certificate.settings.key)
        return
    folder = certificate.data / FOLDER
    if not (folder / ROOT).exists():
        yield note("certificate", _("There is no root certificate yet; “cityloop up” makes one."))
        return
    root, names = _read(folder / ROOT), certificate.names()
    if outside := certificates.beyond(root, names):
        text = _(
            "The city's own root certificate was made before it had these names, and may not speak for them: %(names)s."
        )
        how = _(
            "Move %(folder)s away and start “cityloop up” again; then all devices take in the new root certificate."
        )
        yield wrong("certificate_names", text % {"names": listed(outside)}, how % {"folder": folder})
    left = certificates.spoken_by(root).ends
    if left - now < TOLD_BEFORE_ROOT:
        text = _("The city's own root certificate ends on %(day)s; until then all devices must take in another.")
        yield note("root_certificate", text % {"day": f"{left:%Y-%m-%d}"})
    if served := certificate.what_is_served():
        inside = Names(
            tuple(name for name in names.dns if name not in outside),
            tuple(each for each in names.addresses if str(each) not in outside),
        )
        how = _("Start “cityloop up”; it renews what is due by itself.")
        yield from certificates.judge(served.certificate, inside, now, how)
    yield from _keys(folder / ROOT_KEY, folder / SERVED)


def _keys(*paths: Path) -> Iterator[Finding]:
    for path in paths:
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) & ~stat.S_IRGRP:
            text = _("Others on this machine may read the key %(path)s, and pass themselves off as this city with it.")
            how = _("Run: chmod 600 %(path)s. If somebody may have read it, get another certificate.")
            yield wrong("certificate_key", text % {"path": path}, how % {"path": path})


def root_certificate(data: Path) -> bytes | None:
    """Return the root as devices take it in (DER), ``None`` where there is none. Public, unlike its key."""
    try:
        return ssl.PEM_cert_to_DER_cert((data / FOLDER / ROOT).read_text())
    except FileNotFoundError:
        return None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        text = _("%(path)s cannot be read (%(why)s).")
        raise Unavailable(text % {"path": path, "why": exc.strerror}) from exc


def _write(path: Path, text: bytes) -> None:
    """Write ``path`` whole and for its owner alone; a server that starts meanwhile reads the old or the new one."""
    make_data_folder(path.parents[1])
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text)
        draft.replace(path)
    except OSError as exc:
        draft.unlink(missing_ok=True)
        words = _("%(path)s cannot be written (%(why)s).")
        raise Unavailable(words % {"path": path, "why": exc.strerror}) from exc
