"""``cityloop backup`` and ``cityloop restore``: all that an installation holds in one file, and back.

A backup is of one moment: the dump, the counts and the digest over all heads are read in one snapshot, while people go on
working. The files of the media store are written once and never changed, and before the row that names them, so they are
copied after the dump. A restore proves everything before anything is touched, and keeps what was there until the new has
been verified; killed at any point it leaves the old, or the new, whole.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import uuid4

from django.core.files.storage import FileSystemStorage, storages
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

import cityloop
from cityloop.cases.queries.heads import Heads, heads
from cityloop.kernel.disk import sync_folder
from cityloop.kernel.errors import Conflict, InvalidInput, Unavailable
from cityloop.kernel.translation import _
from cityloop.media.handouts import PLACE as HANDOUTS
from cityloop.site import dumps
from cityloop.site.archive import DATABASE, PER_FILE, SECRET, Manifest, Reader, Writer, copied, order, written
from cityloop.site.settings import env

FOLDER = "backups"
BEFORE_MIGRATING, BEFORE_RESTORING = "before-migrating", "before-restoring"
KEPT = 5
"""Backups of one kind that CityLoop makes by itself; the oldest go first."""

SPARE = 500_000_000
"""Bytes that stay free: PostgreSQL stops when its disk is full."""

BESIDE, ASIDE = "%s_restoring", "%s_replaced"
"""Names of the database that a restore fills, and of the one whose place it took."""


SECRET_OF = "secret.of-database-%d"  # noqa: S105 # a file's name
"""Name of a secret that waits for its database."""

NO_MORE = ("", "")
"""Name and digest behind the last file of a backup."""


def no_words(_words: str) -> None:
    """Say nothing."""


# ---- Backup ---------------------------------------------------------------------------------------------------------


def place_of(wanted: str, data: Path, now: datetime, prefix: str = "cityloop") -> Path:
    """Return where a backup goes: into the folder ``wanted``, or into the file of that name where it ends in ``.zip``."""
    if wanted.endswith(".zip") and not Path(wanted).is_dir():
        return Path(wanted).resolve()
    folder = Path(wanted).resolve() if wanted else data / FOLDER
    path = folder / f"{prefix}-{now:%Y%m%dT%H%M%SZ}.zip"
    others = (path.with_stem(f"{path.stem}-{n}") for n in range(2, 100))
    return path if not path.exists() else next(other for other in others if not other.exists())


def same_disk(path: Path, data: Path) -> str:
    """Return a warning where the backup ``path`` lies on the disk of the data: a disk that was not mounted is a mere folder; else ""."""
    if path.stat().st_dev != data.stat().st_dev:
        return ""
    return _(
        "%(path)s lies on the same disk as the data and does not outlive it. If it was meant for another disk, see whether that"
        " one is mounted."
    ) % {"path": path}


def back_up(
    path: Path, data: Path, now: datetime, *, with_media: bool = True, say: Callable[[str], None] = no_words
) -> Manifest:
    """Write everything into ``path`` while the city runs; return what was written.

    Raises:
        Conflict: There is nothing in the database, or a file at ``path``.
        Unavailable: The disk has too little room, or a program of PostgreSQL failed.
    """
    if dumps.is_empty():
        raise Conflict(_("The database is empty: there is nothing to back up."))
    folder = media_folder() if with_media else None
    files = sum(map(_size, files_in(folder)))
    refuse_without_room(dumps.most_bytes_of_a_dump() + files, path.parent, say)
    try:
        with written(path, now) as writer:
            return _write(writer, data, folder, with_media=with_media, say=say)
    except OSError as exc:
        words = _("The backup cannot be written to %(folder)s (%(why)s).")
        raise Unavailable(words % {"folder": path.parent, "why": exc.strerror}) from exc


def _write(
    writer: Writer, data: Path, folder: Path | None, *, with_media: bool, say: Callable[[str], None]
) -> Manifest:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        with dumps.dumped(snapshot) as stream:
            writer.add(DATABASE, stream)
        held = heads(connection.connection)
        size, applied = dumps.bytes_on_disk(), applied_migrations()
    if not with_media:
        kept = "left_out"
    elif folder is None:
        kept = "elsewhere"
        say(_("Photos and files lie in an object store, which keeps them itself: they are not in this backup."))
    else:
        kept = "folder"
        writer.add_files(_open_files(folder))
    secret = data / "secret"
    if not env.text("CITYLOOP_SECRET_KEY") and secret.exists():
        with secret.open("rb") as source:
            writer.add(SECRET, source)
    return writer.finish(
        cityloop=cityloop.__version__,
        postgresql=dumps.server_version(),
        migrations=applied,
        cases=held.cases,
        events=held.events,
        heads=held.digest,
        database_bytes=size,
        media=kept,
    )


def _open_files(folder: Path) -> Iterator[tuple[str, IO[bytes]]]:
    for file in files_in(folder):
        with suppress(FileNotFoundError), file.open("rb") as source:  # taken away meanwhile: no row names it any more
            yield file.relative_to(folder).as_posix(), source


def _size(file: Path) -> int:
    with suppress(FileNotFoundError):
        return file.stat().st_size + PER_FILE
    return 0


def media_folder() -> Path | None:
    """Return the folder of the media store; None where an object store keeps the files."""
    store = storages["default"]
    return Path(store.location) if isinstance(store, FileSystemStorage) else None


def files_in(folder: Path | None) -> Iterator[Path]:
    """Yield the files of the media store, in a fixed order; what is just being written begins with a dot.

    What was made for one person for a day (``media.handouts``) is none of a backup's: it would lie there for years.
    """
    for root, folders, names in os.walk(folder) if folder else ():
        left_aside = {HANDOUTS} if Path(root) == folder else set()
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in left_aside)
        for name in sorted(names):
            path = Path(root) / name
            if not name.startswith(".") and "\n" not in name and path.is_file() and not path.is_symlink():
                yield path


def applied_migrations() -> dict[str, list[str]]:
    """Return the names of the migrations that the database has seen, by room."""
    found: dict[str, list[str]] = {}
    for room, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found.setdefault(room, []).append(name)
    return found


def thin_out(data: Path, prefix: str) -> None:
    """Keep the newest backups of one kind that was made unasked."""
    found = sorted((data / FOLDER).glob(f"{prefix}-*.zip"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    for path in found[:-KEPT]:
        path.unlink(missing_ok=True)


def refuse_without_room(needed: int, folder: Path, say: Callable[[str], None]) -> None:
    """Say how much room there is; raise ``Unavailable`` where it is too little."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(place).free
    facts = {"needed": size_text(needed), "free": size_text(free), "folder": place, "spare": size_text(SPARE)}
    if free < needed + SPARE:
        words = _(
            "Up to %(needed)s are needed in %(folder)s, and %(spare)s to spare; only %(free)s are free. Free some space,"
            " or name a folder on another disk."
        )
        raise Unavailable(words % facts)
    say(_("Up to %(needed)s are needed in %(folder)s; %(free)s are free.") % facts)


def size_text(size: float) -> str:
    """Return ``size`` bytes as people read it: 1.5 MB."""
    if size < 1000:
        return f"{size:.0f} B"
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"


# ---- Restore --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Restoring:
    """One restore: from where, into which data folder, and what to do with what is there."""

    reader: Reader
    data: Path
    now: datetime
    replaces: bool = False
    say: Callable[[str], None] = no_words

    def run(self) -> None:
        """Bring everything back and verify it. The backup has been checked, and the database answers.

        Raises:
            Conflict: There is data and it may not be replaced, or somebody works with it.
            InvalidInput: The backup is of a newer version, or what came of it is not what it says.
            Unavailable: No room, or a program of PostgreSQL failed.
            CommandError: ``verify`` found something.
        """
        if dumps.others_connected():
            raise Conflict(dumps.in_use())
        refuse_newer(self.reader.manifest)
        settle_secret(self.data)
        is_empty = dumps.is_empty()
        if not is_empty:
            self._refuse_or_save()
        self._refuse_without_room()
        try:
            if is_empty:
                ours = str(connection.settings_dict["NAME"])
                self._lay_secret(ours)
                self._into(ours)
            else:
                self._beside()
            settle_secret(self.data)
        except OSError as exc:
            words = _("Nothing can be written to %(folder)s (%(why)s). Mend that and restore again.")
            raise Unavailable(words % {"folder": self.data, "why": exc.strerror}) from exc
        # What was worked out from the old data is worked out anew.
        shutil.rmtree(self.data / "cache", ignore_errors=True)

    def _refuse_or_save(self) -> None:
        if not self.replaces:
            raise Conflict(
                _(
                    "There is data here already. Restore into another data folder (cityloop --data FOLDER restore …), or"
                    " replace what is here with --replace; a backup of it is made first."
                )
            )
        if not dumps.may_create_databases():
            raise Conflict(
                _(
                    "Replacing needs a database role that may create databases (ALTER ROLE … CREATEDB). Give it that right, or"
                    " empty the database yourself."
                )
            )
        path = place_of("", self.data, self.now, BEFORE_RESTORING)
        back_up(path, self.data, self.now, with_media=self.reader.manifest.media == "folder", say=self.say)
        self.say(_("What is here now was backed up to %(path)s") % {"path": path})
        thin_out(self.data, BEFORE_RESTORING)

    def _refuse_without_room(self) -> None:
        manifest = self.reader.manifest
        is_here = not env.text("CITYLOOP_DATABASE_URL")
        refuse_without_room((manifest.database_bytes if is_here else 0) + manifest.media_bytes, self.data, self.say)

    def _into(self, name: str) -> None:
        """Fill the database ``name``, which is empty, bring it up to this version and verify it."""
        # Files first: a row must never name one that is not there, and one too many does no harm.
        self._bring_files()
        dumps.restore(self.reader.blocks(DATABASE), name)
        with dumps.pointed_at(name):
            refuse_difference(self.reader.manifest)
            self.say(_("The database is back: its history is the same, hash by hash."))
            call_command("prepare", backup=False, verbosity=0)
            call_command("verify")

    def _beside(self) -> None:
        """Fill a database beside the old one, which is left alone until all is proven; then change their places."""
        ours = str(connection.settings_dict["NAME"])
        beside, aside = BESIDE % ours, ASIDE % ours
        dumps.make_anew(beside)
        try:
            self._into(beside)
            self._lay_secret(beside)
            dumps.drop(aside)
            dumps.take_the_place(beside, aside)
        except BaseException:
            with suppress(Exception):
                dumps.drop(beside)
            raise
        dumps.drop(aside)
        self._drop_other_files()

    def _bring_files(self) -> None:
        folder = media_folder()
        if self.reader.manifest.media != "folder":
            self.say(_("The backup holds no photos and files; those that are here stay."))
            return
        if folder is None:
            raise Conflict(
                _(
                    "The backup holds photos and files, but CITYLOOP_MEDIA_URL names an object store. Restore without it and"
                    " copy the folder over."
                )
            )
        for name, digest, blocks in self.reader.files():
            self._bring_file(name, digest, blocks, folder / name)

    def _bring_file(self, name: str, digest: str, blocks: Iterator[bytes], target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{uuid4().hex}")
        try:
            with draft.open("xb") as file:
                if copied(blocks, file) != digest:
                    raise self.reader.broken(name)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)

    def _drop_other_files(self) -> None:
        """Remove the files that the backup does not know: they belonged to what was replaced, and lie in its backup."""
        folder = media_folder()
        if self.reader.manifest.media != "folder" or folder is None:
            return
        # Both in the same order, side by side: all names at once would not go into the memory of a small machine.
        known = self.reader.listed()
        next_known, _digest = next(known, NO_MORE)
        for file in files_in(folder):
            name = file.relative_to(folder).as_posix()
            while next_known and order(next_known) < order(name):
                next_known, _digest = next(known, NO_MORE)
            if name != next_known:
                file.unlink(missing_ok=True)

    def _lay_secret(self, name: str) -> None:
        """Lay the backup's secret beside ours, for when the database ``name`` is the one that is worked with."""
        if SECRET not in self.reader.manifest.parts or env.text("CITYLOOP_SECRET_KEY"):
            return
        laid = self.data / (SECRET_OF % dumps.identity(name))
        with os.fdopen(os.open(laid, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            copied(self.reader.blocks(SECRET), file)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self.data)


def settle_secret(data: Path) -> None:
    """Take over the secret that a restore laid there, so that sessions and links hold and a phone that asks again is known.

    It belongs to the database that came with it, and holds as soon as that one is in force: so a restore that is killed
    between the two is brought to its end by the next start. A secret of a database that never came into force goes.
    """
    ours = ""
    for laid in data.glob(SECRET_OF.replace("%d", "*")):
        ours = ours or SECRET_OF % dumps.identity(str(connection.settings_dict["NAME"]))
        if laid.name == ours:
            laid.replace(data / "secret")
        else:
            laid.unlink()
        sync_folder(data)


def refuse_newer(manifest: Manifest) -> None:
    """Raise ``InvalidInput`` where the backup is of a version whose tables this one does not know."""
    known = {room for room, _name in MigrationLoader(None).disk_migrations}
    ours = set(MigrationLoader(None).disk_migrations)
    theirs = {(room, name) for room, names in manifest.migrations.items() for name in names if room in known}
    if theirs - ours - replaced_migrations():
        words = _("The backup was made by CityLoop %(version)s, which is newer. Install that version or a later one.")
        raise InvalidInput(words % {"version": manifest.cityloop})
    if manifest.postgresql > dumps.server_version():
        words = _("The backup was made by PostgreSQL %(theirs)d; here runs %(ours)d. Use that version or a later one.")
        raise InvalidInput(words % {"theirs": manifest.postgresql, "ours": dumps.server_version()})


def replaced_migrations() -> set[tuple[str, str]]:
    """Return the migrations that a later one stands for: they were applied once and are gone from the code."""
    return {old for migration in MigrationLoader(None).disk_migrations.values() for old in migration.replaces}


def refuse_difference(manifest: Manifest) -> None:
    """Raise ``InvalidInput`` where the history in the database is not the one of the backup."""
    with transaction.atomic():
        connection.ensure_connection()
        held = heads(connection.connection)
    if held != Heads(manifest.cases, manifest.events, manifest.heads):
        words = _(
            "What was restored is not what was backed up: the hashes of the histories differ. Take another backup."
        )
        raise InvalidInput(words)
