"""What is done to the catalogues: loading the package's, importing a file, revising a class. One transaction each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db import models as db

from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from cityloop.kernel.sheets import RowFault
from cityloop.kernel.translation import _
from cityloop.standards import documents, models, package, plain, queries
from cityloop.standards.plain import Plain
from cityloop.standards.rules import Catalogue, Category


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the entries of a catalogue: rows added, changed, equal already, and left alone as edited here."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0

    def __add__(self, other: "Loaded") -> "Loaded":
        return Loaded(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.kept + other.kept,
        )


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, and each row it did not take."""

    loaded: Loaded
    faults: tuple[RowFault, ...] = ()


@transaction.atomic
def load_package_data() -> Loaded:
    """Bring the package's catalogues into the tables; run again, it changes nothing.

    A row that came from the package and was not touched since follows a newer package; one that somebody edited stays.
    """
    _lock()
    return _store(package.package(), follow_package=True)


@transaction.atomic
def import_catalogue(data: bytes, format: str, *, keep_good: bool = False) -> Imported:  # noqa: A002 - the door's word
    """Bring a catalogue file into the tables: rows of known identity are changed, others added, none removed.

    Args:
        data: The file, as ``queries.export_catalogue`` writes it.
        format: ``yaml`` or ``xlsx``.
        keep_good: Take the good rows and report the others; else one bad row refuses the whole file.

    Raises:
        InvalidInput: The file cannot be read, or rows are bad and ``keep_good`` is off; ``faults`` name each.
        TooLarge: The file has more than 20 MB.
    """
    _lock()
    read = documents.read(data, queries.check_format(format), queries.stored())
    if read.faults and not keep_good:
        raise InvalidInput(
            _("Nothing was imported. Rows that cannot be used: %(number)d. The first: %(first)s")
            % {"number": len(read.faults), "first": read.faults[0]},
            faults=[Fault(f"{one.sheet}/{one.row}/{one.column}", one.why, one.value) for one in read.faults],
            rows=[str(one) for one in read.faults],
        )
    return Imported(_store(read.catalogue), read.faults)


@transaction.atomic
def revise(category: Category, *, from_day: date) -> None:
    """Let a class stand as ``category`` says from ``from_day`` on: a new edition; the one before it gets an end.

    The class is found by scheme, type and code, which never change; cases filed before keep what they were filed under.

    Raises:
        NotFound: The class has no edition that holds on ``from_day``.
        Conflict: An edition begins on that very day or later; edit that one.
    """
    _lock()
    editions = models.Category.objects.filter(scheme=category.scheme, type=category.type, code=category.code)
    if editions.filter(valid_from__gte=from_day).exists():
        raise Conflict(_("This class has an edition from that day or a later one. Change that edition."))
    current = editions.valid_on(from_day).order_by("pk").first()
    if current is None:
        raise NotFound(_("There is no such class on that day."))
    ending = current.valid_to
    editions.filter(pk=current.pk).update(valid_to=from_day)
    _store(Catalogue(categories=(replace(category, valid_from=from_day, valid_to=ending),)))


def _lock() -> None:
    """Let one change of the catalogues run at a time; readers are not held up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('cityloop.standards'))")


@dataclass(frozen=True, slots=True)
class _Known:
    """A stored entry: its content, its row, and the digest of the package's entry that it was made from."""

    plain: Plain
    pk: Any
    package_digest: str


def _known(model: type[db.Model]) -> dict[tuple[Any, ...], _Known]:
    """Return what the table holds, by identity."""
    rows: list[Any] = list(model._default_manager.order_by("pk"))  # noqa: SLF001 - the documented way to a model's manager
    return {
        plain.identity(one): _Known(one, row.pk, row.package_digest)
        for row, one in zip(rows, _plains(rows), strict=True)
    }


def _plains(rows: Sequence[Any]) -> Iterable[Plain]:
    if rows and isinstance(rows[0], models.Category):
        return queries.with_conditions(rows)
    return [plain.of_row(row) for row in rows]


_TABLES: tuple[tuple[type[db.Model], Callable[[Catalogue], Sequence[Plain]]], ...] = (
    (models.Scheme, lambda catalogue: catalogue.schemes),
    (models.DepartmentKind, lambda catalogue: catalogue.department_kinds),
    (models.BigClass, lambda catalogue: catalogue.big_classes),
    (models.Category, lambda catalogue: catalogue.categories),
    (models.Correspondence, lambda catalogue: catalogue.correspondences),
)


def _store(catalogue: Catalogue, *, follow_package: bool = False) -> Loaded:
    """Bring the entries into their tables: unknown ones are added, differing ones changed, in as few statements as needed."""
    done = Loaded()
    for model, entries in _TABLES:
        wanted = [plain.bare(one) for one in entries(catalogue)]
        if wanted:
            done += _store_in(model, wanted, follow_package=follow_package)
    return done


def _store_in(model: type[db.Model], wanted: Sequence[Plain], *, follow_package: bool) -> Loaded:
    known = _known(model)
    new = [one for one in wanted if plain.identity(one) not in known]
    changed = kept = 0
    for one in wanted:
        row = known.get(plain.identity(one))
        if row is None or row.plain == one:
            continue
        if follow_package and row.package_digest != plain.digest(row.plain):
            kept += 1  # somebody's own edit outlives a new package
            continue
        _change(model, row, one, follow_package=follow_package)
        changed += 1
    _add(model, new, follow_package=follow_package)
    return Loaded(len(new), changed, len(wanted) - len(new) - changed - kept, kept)


def _columns(one: Plain, *, follow_package: bool) -> dict[str, Any]:
    return plain.fields(one) | ({"package_digest": plain.digest(one)} if follow_package else {})


def _change(model: type[db.Model], row: _Known, one: Plain, *, follow_package: bool) -> None:
    model._default_manager.filter(pk=row.pk).update(**_columns(one, follow_package=follow_package))  # noqa: SLF001
    if isinstance(one, Category) and isinstance(row.plain, Category) and one.conditions != row.plain.conditions:
        models.FilingCondition.objects.filter(category=row.pk).delete()
        models.FilingCondition.objects.bulk_create(plain.condition_rows(one, row.pk))


def _add(model: type[db.Model], new: Sequence[Plain], *, follow_package: bool) -> None:
    rows = model._default_manager.bulk_create(  # noqa: SLF001
        [model(**_columns(one, follow_package=follow_package)) for one in new], batch_size=1000
    )
    conditions = [
        condition
        for row, one in zip(rows, new, strict=True)
        if isinstance(one, Category)
        for condition in plain.condition_rows(one, row.pk)
    ]
    models.FilingCondition.objects.bulk_create(conditions, batch_size=1000)
