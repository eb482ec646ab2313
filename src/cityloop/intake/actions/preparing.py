"""The city that a file goes to: made on the first import, left as it is by all others."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from cityloop.geography import actions as geography_actions
from cityloop.geography import queries as geography
from cityloop.geography.actions import GridFields, ImportOptions, RegionFields
from cityloop.geography.choices import RegionLevel
from cityloop.geography.rules import Extent
from cityloop.intake.rules.mapping import Areas, OwnClass, RequestMapping
from cityloop.intake.rules.mapping_file import check_against, refusal
from cityloop.kernel.errors import Conflict, Fault, InvalidInput
from cityloop.kernel.translation import _, listed
from cityloop.organisation import actions as organisation_actions
from cityloop.organisation import queries as organisation
from cityloop.standards import actions as standards_actions
from cityloop.standards import queries as standards
from cityloop.standards.choices import DEFAULT_SCHEME

FindExtent = Callable[[], Extent | None]


@transaction.atomic
def prepare_city(
    mapping: RequestMapping, *, today: date, folders: Sequence[Path], find_extent: FindExtent
) -> list[str]:
    """Make what the mapping's city lacks: jurisdiction, calendar, departments, classes of its own, regions and grid.

    What is there stays as it is, even where the mapping says something else: a city's own changes win.

    Args:
        mapping: What to make.
        today: A day on which what is there is looked for.
        folders: Where the mapping's files of areas may lie.
        find_extent: Tells the extent of the file's positions; asked only if a grid must be laid over it.

    Returns:
        A sentence for each thing that was made, and for each file of areas that was not found.

    Raises:
        InvalidInput: The mapping names what the catalogue does not hold, or an area cannot be used.
        Conflict: The city lives in another time zone than the mapping says.
    """
    check_mapping(mapping, today)
    return [
        *_make_standards(),
        *_make_jurisdiction(mapping),
        *_make_departments(mapping),
        *_make_classes(mapping),
        *_make_grid(mapping, today, folders, find_extent),
    ]


def check_mapping(mapping: RequestMapping, today: date) -> None:
    """Refuse a mapping that the catalogue or the city contradicts, before anything is made; a dry run asks the same.

    Raises:
        InvalidInput: The mapping names what the catalogue does not hold.
        Conflict: The city lives in another time zone than the mapping says.
    """
    catalogue: dict[str, Any] = dict(standards.package_catalogue())
    if mapping.jurisdiction.code in organisation.jurisdictions():
        city = organisation.city(mapping.jurisdiction.code)
        if city.time_zone.key != mapping.time_zone:
            raise Conflict(
                _("%(name)s lives in the time zone %(theirs)s, the mapping says %(ours)s. Correct one of them.")
                % {"name": city.name, "theirs": city.time_zone.key, "ours": mapping.time_zone}
            )
        own = {one.key for one in mapping.own_classes}
        catalogue |= {key: one for key, one in city.categories_on(today).items() if key not in own}
    kinds = standards.department_kinds() or {one.dept_kind: one for one in catalogue.values()}
    if faults := check_against(mapping, catalogue, kinds):
        raise refusal(mapping.name, faults)


def _make_standards() -> list[str]:
    if DEFAULT_SCHEME in standards.schemes():
        return []
    standards_actions.load_package_data()
    return [_("The national catalogue was loaded.")]


def _make_jurisdiction(mapping: RequestMapping) -> list[str]:
    code, name = mapping.jurisdiction.code, mapping.jurisdiction.name
    if code in organisation.jurisdictions():
        return []
    organisation_actions.create_jurisdiction(code, name, time_zone=mapping.time_zone)
    rule, calendar = mapping.calendar.rule(mapping.time_zone), mapping.calendar
    if rule.code in organisation.city(code).calendars:
        organisation_actions.change_calendar(code, rule.code, rule)
    else:
        organisation_actions.create_calendar(code, calendar.name or rule.code, rule)
    return [_("The jurisdiction %(code)s %(name)s was made.") % {"code": code, "name": name}]


def _make_departments(mapping: RequestMapping) -> list[str]:
    code = mapping.jurisdiction.code
    there = {department.code for department in organisation.city(code).departments.values()}
    missing = [department for department in mapping.departments if department.code not in there]
    for department in missing:
        organisation_actions.create_department(
            code, department.code, department.name, department.kind, valid_from=mapping.times.earliest
        )
    return [_("%(count)d departments were made.") % {"count": len(missing)}] if missing else []


def _make_classes(mapping: RequestMapping) -> list[str]:
    code = mapping.jurisdiction.code
    there = organisation.city(code).categories_on(mapping.times.earliest)
    missing = [own for own in mapping.own_classes if own.key not in there]
    for own in missing:
        organisation_actions.add_class(code, own.key, _definition(own), valid_from=mapping.times.earliest)
    return [_("%(count)d classes of the city's own were added.") % {"count": len(missing)}] if missing else []


def _definition(own: OwnClass) -> Mapping[str, Any]:
    return {
        "name_zh": own.name_zh,
        "name_en": own.name_en,
        "dept_kind": own.kind,
        "note": own.note,
        "conditions": [
            {
                "id": "c1",
                "text_zh": own.filing_zh,
                "text_en": own.filing_en,
                "closing_zh": own.closing_zh,
                "closing_en": own.closing_en,
                "limit": {"amount": own.limit.amount, "unit": own.limit.unit},
            }
        ],
    }


def _make_grid(mapping: RequestMapping, today: date, folders: Sequence[Path], find_extent: FindExtent) -> list[str]:
    code, begins = mapping.jurisdiction.code, mapping.times.earliest
    if geography.has_unit_grids(code, today):
        return []
    areas = [*mapping.regions, *([mapping.grid.areas] if mapping.grid.areas else [])]
    paths = {one.file: _beside(one.file, folders) for one in areas}
    if missing := [file for file, path in paths.items() if path is None]:
        note = _("%(files)s is not beside the requests: a regular grid is laid instead.") % {"files": listed(missing)}
        return [note, _lay(mapping, Extent(*mapping.grid.extent) if mapping.grid.extent else find_extent())]
    found = {file: path for file, path in paths.items() if path is not None}
    notes = []
    for region in mapping.regions:
        report = geography_actions.import_regions(
            found[region.file],
            RegionLevel(region.level),
            jurisdiction=code,
            valid_from=begins,
            fields=RegionFields(code=region.code, name=region.name),
            options=_options(region),
        )
        notes.append(_("%(count)d regions came from %(file)s.") % {"count": report.written, "file": region.file})
    if mapping.grid.areas is None:
        return [*notes, _lay(mapping, _extent_to_cut(mapping, begins, find_extent))]
    grid = mapping.grid.areas
    grids = geography_actions.import_grids(
        found[grid.file],
        jurisdiction=code,
        valid_from=begins,
        fields=GridFields(code=grid.code, name=grid.name),
        options=_options(grid),
    )
    geography_actions.duty_grids_by_community(code, begins)
    return [*notes, _("%(count)d unit grids came from %(file)s.") % {"count": grids.written, "file": grid.file}]


def _options(areas: Areas) -> ImportOptions:
    return ImportOptions(mend=True, tolerance_m2=areas.tolerance_m2)


def _extent_to_cut(mapping: RequestMapping, on: date, find_extent: FindExtent) -> Extent | None:
    if mapping.grid.extent:
        return Extent(*mapping.grid.extent)
    return geography.extent(mapping.jurisdiction.code, on) if mapping.regions else find_extent()


def _lay(mapping: RequestMapping, extent: Extent | None) -> str:
    if extent is None:
        raise InvalidInput(
            _("The file has no position to lay a grid over. Give “extent” in “grid”."),
            faults=[Fault("grid.extent", _("is missing"))],
        )
    laid = geography_actions.lay_regular_grid(
        mapping.jurisdiction.code,
        *extent,
        mapping.grid.cell_m,
        mapping.times.earliest,
        name=mapping.jurisdiction.name,
    )
    return _("A regular grid of %(count)d cells of %(metres)d m was laid.") % {
        "count": laid.unit_grids,
        "metres": mapping.grid.cell_m,
    }


def _beside(file: str, folders: Sequence[Path]) -> Path | None:
    return next((path for folder in folders if (path := folder / file).is_file()), None)
