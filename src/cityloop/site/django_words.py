"""Words of Django whose Chinese catalogue says 你, both, or not what is meant: named here, so that ours says it well."""

from cityloop.kernel.translation import ngettext, noop

WORDS = (
    noop("Are you sure?"),
    noop(
        'Are you sure you want to delete the %(object_name)s "%(escaped_object)s"? All of the following related items will be deleted:'
    ),
    noop(
        "Deleting the %(object_name)s '%(escaped_object)s' would result in deleting related objects, but your account doesn't have permission to delete the following types of objects:"
    ),
    noop(
        "Deleting the selected %(objects_name)s would result in deleting related objects, but your account doesn't have permission to delete the following types of objects:"
    ),
    noop("Log out"),
    noop("Null characters are not allowed."),
    noop(
        "ManagementForm data is missing or has been tampered with. Missing fields: %(field_names)s. You may need to file a bug report if the issue persists."
    ),
    noop("The {name} “{obj}” was added successfully. You may add another {name} below."),
    noop("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    noop("The {name} “{obj}” was changed successfully. You may edit it again below."),
    noop("You don’t have permission to view or edit anything."),
    noop("Your old password was entered incorrectly. Please enter it again."),
    noop("Your password can’t be a commonly used password."),
    noop("Your password can’t be entirely numeric."),
    noop("Your password can’t be too similar to your other personal information."),
)


def too_short(count: int) -> str:
    """Return that a password is too short, as ``MinimumLengthValidator`` says it."""
    return ngettext(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        count,
    )


def at_least(count: int) -> str:
    """Return how long a password must be, as ``MinimumLengthValidator`` asks for it."""
    return ngettext(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        count,
    )
