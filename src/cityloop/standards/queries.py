"""Questions about the catalogues. Each asks the database anew; who keeps the answer keys it by ``kernel.versions``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.db.models import Q

from cityloop.kernel.errors import Fault, InvalidInput, NotFound
from cityloop.kernel.translation import _, listed
from cityloop.standards import documents, models, package, plain, rules
from cityloop.standards.rules import BigClass, Catalogue, Category, Correspondence, DepartmentKind, SchemeInfo


def package_catalogue() -> Mapping[str, Category]:
    """Return the classes of all schemes that the package carries, by key; no database is asked."""
    return {one.key: one for one in package.package().categories}


def extension_examples() -> tuple[BigClass, ...]:
    """Return how one city numbers classes of its own (type, code, names): examples, no classes; no database is asked."""
    return package.extension_examples()


def schemes() -> Mapping[str, SchemeInfo]:
    """Return all schemes by code, the newest first."""
    return {row.code: plain.scheme(row) for row in models.Scheme.objects.order_by("-in_force_from", "code")}


def department_kinds() -> Mapping[str, DepartmentKind]:
    """Return the kinds of departments by id."""
    return {row.id: plain.department_kind(row) for row in models.DepartmentKind.objects.order_by("id")}


def catalogue(scheme: str, on: date) -> Mapping[str, Category]:
    """Return the classes of ``scheme`` as they stand on ``on``, by key, in the order of their codes: four queries.

    Raises:
        NotFound: There is no such scheme.
    """
    rows = list(models.Category.objects.valid_on(on).filter(scheme=scheme).order_by("type", "code"))
    if not rows and not models.Scheme.objects.filter(code=scheme).exists():
        raise NotFound(_("There is no scheme “%(scheme)s”.") % {"scheme": scheme[:40]})
    big = {(one.type, one.code): one for one in models.BigClass.objects.valid_on(on).filter(scheme=scheme)}
    named = []
    for one in with_conditions(rows):
        above = big.get((one.type, one.big_code))
        named.append(replace(one, big_name_zh=above.name_zh, big_name_en=above.name_en) if above else one)
    return {one.key: one for one in rules.relate(named, _correspondences(scheme))}


def has_condition(key: str) -> bool:
    """Whether any edition of a class has the filing condition ``key``.

    Raises:
        InvalidInput: ``key`` is not a condition key.
    """
    category, ident = rules.split_condition_key(key)
    scheme, kind, code = rules.split_category_key(category)
    found = models.FilingCondition.objects.filter(ident=ident, category__scheme=scheme, category__type=kind)
    return found.filter(category__code=code).exists()


def change_days(scheme: str) -> list[date]:
    """Return the days on which ``catalogue(scheme, …)`` may change, ordered: between two of them it stays the same."""
    found: set[date | None] = set()
    for table in (models.Category, models.BigClass):
        for pair in table._default_manager.filter(scheme=scheme).values_list("valid_from", "valid_to").distinct():  # noqa: SLF001  # Django's public way to a model's rows
            found.update(pair)
    return sorted(day for day in found if day is not None)


def with_conditions(rows: Sequence[models.Category]) -> list[Category]:
    """Return the editions as plain values with their conditions in order: one query. For this room's own use."""
    conditions: dict[int, list[models.FilingCondition]] = {row.pk: [] for row in rows}
    for one in models.FilingCondition.objects.filter(category__in=conditions).order_by("category_id", "position"):
        conditions[one.category_id].append(one)
    return [plain.category(row, conditions[row.pk]) for row in rows]


def _correspondences(scheme: str) -> list[Correspondence]:
    """Return the pairs that ``scheme`` has a part in, whichever side it stands on."""
    rows = models.Correspondence.objects.filter(Q(scheme=scheme) | Q(other_scheme=scheme))
    return [plain.correspondence(row) for row in rows.order_by("type", "scheme", "code", "other_scheme", "other_code")]


def mapped(key: str, to_scheme: str) -> list[str]:
    """Return the keys of the classes of ``to_scheme`` that correspond to the class ``key``, in the order of their codes.

    Several where the class was split, none where it has no like there (or is a city's own).

    Raises:
        InvalidInput: ``key`` is not a class key.
    """
    scheme, kind, code = rules.split_category_key(key)
    if scheme == to_scheme:
        return [key]
    rows = models.Correspondence.objects.filter(type=kind)
    there = rows.filter(scheme=scheme, code=code, other_scheme=to_scheme).values_list("other_code", flat=True)
    back = rows.filter(other_scheme=scheme, other_code=code, scheme=to_scheme).values_list("code", flat=True)
    return [rules.category_key(to_scheme, kind, found) for found in sorted({*there, *back})]


def stored(scheme: str = "") -> Catalogue:
    """Return every row, all editions, of one scheme (and all department kinds), or of all schemes."""
    of = {"scheme": scheme} if scheme else {}
    categories = models.Category.objects.filter(**of).order_by(
        "-scheme__in_force_from", "scheme", "-type", "code", "valid_from"
    )
    big = models.BigClass.objects.filter(**of).order_by(
        "-scheme__in_force_from", "scheme", "-type", "code", "valid_from"
    )
    pairs: Iterable[Correspondence] = (
        _correspondences(scheme) if scheme else map(plain.correspondence, models.Correspondence.objects.all())
    )
    return Catalogue(
        schemes=tuple(one for one in schemes().values() if not scheme or one.code == scheme),
        department_kinds=tuple(department_kinds().values()),
        big_classes=tuple(plain.big_class(row) for row in big),
        categories=tuple(with_conditions(list(categories))),
        correspondences=tuple(pairs),
    )


def export_catalogue(scheme: str, format: str) -> bytes:  # noqa: A002 - the word of the door
    """Return all editions of the classes of ``scheme`` as a file that ``actions.import_catalogue`` reads back.

    Args:
        scheme: Code of the scheme.
        format: ``yaml`` or ``xlsx``.

    Raises:
        NotFound: There is no such scheme.
        InvalidInput: The format is neither.
    """
    found = stored(scheme)
    if not found.schemes:
        raise NotFound(_("There is no scheme “%(scheme)s”.") % {"scheme": scheme[:40]})
    return documents.write(found, check_format(format))


def check_format(format: str) -> str:  # noqa: A002
    """Return ``format`` if catalogues can be written and read in it."""
    if format not in documents.FORMATS:
        message = _("“%(value)s” is not a format for catalogues. Use one of: %(formats)s.")
        words = {"value": format[:20], "formats": listed(documents.FORMATS)}
        raise InvalidInput(message % words, faults=[Fault("format", _("is unknown here"), format[:20])])
    return format
