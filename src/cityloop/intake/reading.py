"""Somebody else's file, row by row, in constant memory: CSV (gzip too) and Parquet."""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

from typing_extensions import override

from cityloop.intake.rules.mapping import FileShape
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _, listed

Row = Mapping[str, Any]
GZIP_MAGIC, PARQUET_MAGIC = b"\x1f\x8b", b"PAR1"
PARQUET_ROWS = 2000

csv.field_size_limit(1_000_000)


class Unreadable(str):
    """Stands in place of a row that cannot be read, and says why."""

    __slots__ = ()


NumberedRow = tuple[int, Row | Unreadable]


class RequestFile(Protocol):
    """An open file. Close it, or use it in a ``with``."""

    def rows(self) -> Iterator[NumberedRow]:
        """Give each row with its place: the line it begins on in a CSV file, its count from 1 in Parquet."""

    def done(self) -> float:
        """How much of the file has been read, from 0 to 1."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_file(path: Path, shape: FileShape, columns: Collection[str]) -> RequestFile:
    """Open ``path`` for reading.

    Args:
        path: Where it lies.
        shape: How it is written.
        columns: Those that are wanted.

    Raises:
        InvalidInput: There is no such file, it is of another type, or a wanted column is not in it.
    """
    if not path.is_file():
        raise _missing(path)
    if shape.type == "parquet" or (shape.type == "auto" and _magic(path) == PARQUET_MAGIC):
        return ParquetFile(path, columns)
    return CsvFile(path, shape, columns)


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, in hex; of a gzip those that it holds, so that unpacking changes nothing.

    Raises:
        InvalidInput: There is no such file, or the gzip is damaged.
    """
    if not path.is_file():
        raise _missing(path)
    digest = hashlib.sha256()
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            file: Any = gzip.GzipFile(fileobj=raw) if packed else raw
            while block := file.read(1 << 20):
                digest.update(block)
    except (OSError, EOFError, zlib.error) as exc:
        raise _damaged(path) from exc
    return digest.hexdigest()


def _magic(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(PARQUET_MAGIC))


class _Closing:
    """What both kinds of file share."""

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class CsvFile(_Closing):
    """A CSV file with a heading; a row with more or fewer cells than the heading is unreadable."""

    def __init__(self, path: Path, shape: FileShape, columns: Collection[str]) -> None:
        self._path = path
        self._size = max(path.stat().st_size, 1)
        self._raw: IO[bytes] = path.open("rb")
        packed = self._raw.read(2) == GZIP_MAGIC
        self._raw.seek(0)
        plain = gzip.GzipFile(fileobj=self._raw) if packed else self._raw
        self._text = io.TextIOWrapper(plain, encoding=shape.encoding, errors="surrogateescape", newline="")
        self._reader = csv.reader(self._text, delimiter=shape.delimiter, strict=True)
        try:
            self._heading = self._read_heading(columns)
        except InvalidInput:
            self.close()
            raise

    def _read_heading(self, columns: Collection[str]) -> list[str]:
        try:
            heading = next(self._reader, [])
        except (csv.Error, UnicodeError, OSError, EOFError, zlib.error) as exc:
            raise _damaged(self._path) from exc
        _check_columns(self._path, heading, columns)
        return heading

    def rows(self) -> Iterator[NumberedRow]:
        heading, width = self._heading, len(self._heading)
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader, None)
            except csv.Error:
                yield line, Unreadable(_("The quotes of this row do not close, or a cell is longer than 1 MB."))
                continue
            except (OSError, EOFError, zlib.error) as exc:
                raise _damaged(self._path) from exc
            if cells is None:
                return
            if len(cells) == width:
                yield line, dict(zip(heading, cells, strict=True))
            elif cells:
                yield (
                    line,
                    Unreadable(
                        _("The heading has %(width)d cells, this row %(cells)d.")
                        % {"width": width, "cells": len(cells)}
                    ),
                )

    def done(self) -> float:
        return min(self._raw.tell() / self._size, 1.0)

    @override
    def close(self) -> None:
        self._text.close()
        self._raw.close()


class ParquetFile(_Closing):
    """A Parquet file, of which only the wanted columns are read."""

    def __init__(self, path: Path, columns: Collection[str]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        try:
            self._file = parquet.ParquetFile(path)
        except (pa.ArrowException, OSError) as exc:
            raise _damaged(path) from exc
        _check_columns(path, self._file.schema_arrow.names, columns)
        self._path = path
        self._columns = list(columns)
        self._damage = (pa.ArrowException, OSError)
        self._read = 0

    def rows(self) -> Iterator[NumberedRow]:
        try:
            for batch in self._file.iter_batches(batch_size=PARQUET_ROWS, columns=self._columns):
                for row in batch.to_pylist():
                    self._read += 1
                    yield self._read, row
        except self._damage as exc:
            raise _damaged(self._path) from exc

    def done(self) -> float:
        return self._read / max(self._file.metadata.num_rows, 1)

    @override
    def close(self) -> None:
        self._file.close()


def _check_columns(path: Path, heading: Sequence[str], columns: Collection[str]) -> None:
    missing = [column for column in columns if column not in heading]
    if missing:
        raise InvalidInput(
            _("%(file)s has no column %(missing)s; it has %(heading)s. Name its columns in the mapping.")
            % {"file": path.name, "missing": listed(missing), "heading": listed(heading)[:1000]},
            faults=[Fault(column, _("the file has no such column")) for column in missing],
        )


def _missing(path: Path) -> InvalidInput:
    return InvalidInput(
        _("There is no file %(path)s.") % {"path": path}, faults=[Fault("file", _("is missing"), str(path))]
    )


def _damaged(path: Path) -> InvalidInput:
    return InvalidInput(
        _("%(file)s is damaged or not of the type that the mapping says. Fetch it again, or correct “file”.")
        % {"file": path.name},
        faults=[Fault("file", _("is damaged or of another type"), path.name)],
    )
