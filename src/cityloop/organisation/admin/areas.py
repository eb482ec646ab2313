"""Geography's tables in the console, within the user's jurisdictions.

Geography stands below and knows no users; so its tables are registered anew here, under the rule that all others follow.
"""

from django.contrib import admin

from cityloop.geography import admin as geography
from cityloop.organisation.console import ScopedAdmin

EDITORS = frozenset({"sysadmin", "data_admin"})


class RegionAdmin(geography.RegionAdmin, ScopedAdmin):
    editors = EDITORS


class UnitGridAdmin(geography.UnitGridAdmin, ScopedAdmin):
    editors = EDITORS


class DutyGridAdmin(geography.DutyGridAdmin, ScopedAdmin):
    editors = EDITORS


for scoped in (RegionAdmin, UnitGridAdmin, DutyGridAdmin):
    model = next(row for row, shown in admin.site._registry.items() if type(shown) is scoped.__bases__[0])  # noqa: SLF001 (there is no public way to ask)
    admin.site.unregister(model)
    admin.site.register(model, scoped)
