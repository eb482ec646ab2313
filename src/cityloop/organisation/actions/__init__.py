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
from cityloop.organisation.actions.jurisdictions import (
    change_settings,
    check_division,
    create_jurisdiction,
    seed_posts,
    set_clock,
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
    "appoint",
    "change_password",
    "change_settings",
    "check_division",
    "check_password",
    "create_department",
    "create_jurisdiction",
    "create_post",
    "create_user",
    "end_appointment",
    "issue_token",
    "new_password",
    "note_token_use",
    "put_on_duty",
    "record_absence",
    "reset_password",
    "revoke_token",
    "seed_posts",
    "set_clock",
    "sign_in",
    "unlock",
]
