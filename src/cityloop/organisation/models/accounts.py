from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from typing_extensions import override

from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import instants_within_years, within_years
from cityloop.organisation.choices import Language, TokenScope
from cityloop.organisation.rules.phones import NO_PHONE, read_phone


def is_phone(text: str) -> None:
    """Check that ``text`` could be dialled.

    Raises:
        ValidationError: It could not.
    """
    try:
        read_phone(text)
    except ValueError as exc:
        raise ValidationError(_(NO_PHONE)) from exc


class UserManager(BaseUserManager["User"]):
    """Makes accounts with a hashed password; rules about passwords are those of ``actions.accounts``."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = User(username=User.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(username, password, is_superuser=True, **fields)

    @override
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=User.normalize_username(username or ""))


class User(AbstractBaseUser):
    """A person who signs in (账号). What a person may do hangs from the posts they hold, not from here."""

    username = models.CharField(
        _("account name"),
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        help_text=_("Letters, digits and @ . + - _ only; capital letters are made small."),
        error_messages={"unique": _("There is an account of this name.")},
    )
    display_name = models.CharField(_("name"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True, validators=[is_phone])
    language = models.CharField(_("language"), max_length=10, choices=Language, default=Language.ZH_HANS)
    jurisdiction = models.CharField(
        _("kept by"),
        max_length=6,
        blank=True,
        default="",
        help_text=_("The city that keeps this account; none: a citizen."),
    )
    is_active = models.BooleanField(
        _("may sign in"), default=True, help_text=_("Accounts are barred rather than deleted: their work stays.")
    )
    is_superuser = models.BooleanField(
        _("installation administrator"), default=False, help_text=_("Sees and changes everything, in every city.")
    )
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["username"]
        indexes = [models.Index(fields=["jurisdiction", "username"], name="user_by_jurisdiction")]
        constraints = [
            models.CheckConstraint(
                name="user_name_in_small_letters",
                condition=models.Q(username=Lower("username")),
                violation_error_message=_("Account names are written in small letters."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.display_name or self.username

    @override
    @classmethod
    def normalize_username(cls, username: str) -> str:
        # Phones begin a word with a capital letter; an account is one account however it is typed.
        return super().normalize_username(username).strip().lower()

    @override
    def set_password(self, raw_password: str | None) -> None:
        # Whoever sets a password has done what the first sign-in demands, on whichever page; a reset demands it anew.
        super().set_password(raw_password)
        self.must_change_password = False

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    @property
    def is_staff(self) -> bool:
        """Whether the console lets them in: Django's and unfold's faces ask under this name."""
        from cityloop.organisation.queries import may_enter_console

        return may_enter_console(self)

    def has_perm(self, perm: str, obj: object = None) -> bool:  # noqa: ARG002  # Django's signature
        """Whether the console's table ``app.verb_model`` opens to them; rows are narrowed by the viewer's scope."""
        from cityloop.organisation.queries import console_allows

        return console_allows(self, perm)

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002  # each table is asked by itself
        return self.is_staff


class SignInAttempt(models.Model):
    """A try to sign in that failed, or has not succeeded yet.

    Apart from ``User``, so that an attack on the door neither writes nor locks accounts. The name is what was typed,
    folded: attempts at accounts that do not exist count alike, so that the answer tells nobody which exist.
    """

    account = models.CharField(_("account name"), max_length=60)
    address = models.CharField(_("network address"), max_length=45)
    at = models.DateTimeField(_("at"))
    cleared_at = models.DateTimeField(_("cleared"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("failed sign-in")
        verbose_name_plural = _("failed sign-ins")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["account", "address", "at"], name="attempt_by_pair"),
            models.Index(fields=["at"], name="attempt_by_time"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.account} @ {self.address}"


def no_scopes() -> list[str]:
    return [TokenScope.READ]


class ApiToken(models.Model):
    """A key for a program that acts as ``user``. Only its digest is kept: nobody can read the key back."""

    digest = models.BinaryField(_("digest"), max_length=32, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60, help_text=_("What uses this token, for example “hotline 12345”."))
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens", verbose_name=_("account"))
    scopes = models.JSONField(_("scopes"), default=no_scopes)
    created_at = models.DateTimeField(_("created"), editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True, validators=[within_years])
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    last_used_on: "models.DateField[date | None, date | None]" = models.DateField(
        _("last used on"), null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["user_id", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                condition=models.Q(revoked_at=None),
                name="token_name_once_for_a_user",
                violation_error_message=_("This account has a token of this name."),
            ),
            instants_within_years("token_within_years", "expires_at"),
        ]

    @override
    def __str__(self) -> str:
        return self.name
