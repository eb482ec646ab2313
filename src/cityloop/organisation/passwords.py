"""A rule for passwords beyond those that Django brings; the settings name them all."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError

from cityloop.kernel.translation import _


class NotTheOldPassword:
    """A new password is not the one before: else a first password that must be changed could stay."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        if user is not None and user.pk and user.has_usable_password() and user.check_password(password):
            raise ValidationError(_("The new password is the old one."), code="password_not_new")

    def get_help_text(self) -> str:
        return _("The new password must differ from the old one.")
