"""Things people do to the organisation: one transaction each."""

from cityloop.organisation.actions.accounts import (
    change_password,
    check_password,
    issue_token,
    new_password,
    note_token_use,
    reset_password,
    revoke_token,
    sign_in,
    unlock,
)
from cityloop.organisation.actions.configuring import (
    add_class,
    change_calendar,
    change_day,
    create_calendar,
    disable_class,
    override_limit,
)
from cityloop.organisation.actions.founding import Founded, found
from cityloop.organisation.actions.importing import FirstPassword, Imported, import_people
from cityloop.organisation.actions.jurisdictions import (
    change_settings,
    check_division,
    create_jurisdiction,
    make_calendars,
    seed_posts,
    set_clock,
    standard_calendars,
)
from cityloop.organisation.actions.people import (
    appoint,
    create_department,
    create_post,
    create_user,
    end_appointment,
    put_on_duty,
    record_absence,
)

__all__ = [
    "FirstPassword",
    "Founded",
    "Imported",
    "add_class",
    "appoint",
    "change_calendar",
    "change_day",
    "change_password",
    "change_settings",
    "check_division",
    "check_password",
    "create_calendar",
    "create_department",
    "create_jurisdiction",
    "create_post",
    "create_user",
    "disable_class",
    "end_appointment",
    "found",
    "import_people",
    "issue_token",
    "make_calendars",
    "new_password",
    "note_token_use",
    "override_limit",
    "put_on_duty",
    "record_absence",
    "reset_password",
    "revoke_token",
    "seed_posts",
    "set_clock",
    "sign_in",
    "standard_calendars",
    "unlock",
]
