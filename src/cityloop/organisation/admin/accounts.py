"""Accounts, tokens, failed sign-ins."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from typing_extensions import override
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from cityloop.kernel.clock import machine_now
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.translation import listed
from cityloop.organisation import actions, models
from cityloop.organisation.choices import TokenScope
from cityloop.organisation.console import ScopedAdmin, accounts_seen, console_user, seen_jurisdictions
from cityloop.organisation.queries.accounts import console_viewer

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_PASSWORDS = 50
"""How many accounts get a first password at a time: hashing one takes up to half a second."""


def within_reach(request: HttpRequest, editable: Iterable[str]) -> QuerySet[models.User]:
    """Return the accounts as which the user may let somebody act, by a token or a new password.

    Kept by a city that the user administers, and at work in such cities alone: who can enter as a person sees all that the
    person sees.
    """
    user = console_user(request)
    if user is not None and user.is_superuser:
        return models.User.objects.all()
    today = machine_now().date()
    lasting = models.Appointment.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today))
    elsewhere = lasting.exclude(jurisdiction__in=editable).values("user_id")
    return models.User.objects.filter(jurisdiction__in=editable, is_superuser=False).exclude(pk__in=elsewhere)


@admin.register(models.User)
class UserAdmin(ScopedAdmin):
    """Accounts that the user's cities keep, and those of people who work there but are kept elsewhere, to look at."""

    list_display = ("username", "display_name", "phone", "jurisdiction", "is_active", "last_login")
    list_filter = ("is_active", "jurisdiction")
    search_fields = ("username", "display_name", "phone")
    ordering = ("username",)
    actions = ("give_first_password", "open_the_door")
    fields = (
        "jurisdiction",
        "username",
        "display_name",
        "phone",
        "language",
        "is_active",
        "is_superuser",
        "must_change_password",
        "last_login",
    )

    @override
    def seen_rows(self, request: HttpRequest) -> Q:
        return accounts_seen(request)

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = console_user(request)
        if user is None or (obj is not None and obj.is_superuser and not user.is_superuser):
            return False
        return user.is_superuser or bool(super().has_change_permission(request, obj))

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # accounts are barred; what they did keeps its name

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = [*super().get_readonly_fields(request, obj), "must_change_password", "last_login"]
        user = console_user(request)
        if user is None or not user.is_superuser:
            fixed.append("is_superuser")
        return [*fixed, "username"] if obj is not None else fixed

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose the installation's language: nobody is to be met in another one unless somebody chose it."""
        return {"language": settings.LANGUAGE_CODE, **super().get_changeform_initial_data(request)}

    @override
    def save_model(self, request: HttpRequest, obj: models.User, form: Any, change: bool) -> None:
        if not change:
            obj.username = models.User.normalize_username(obj.username)
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            self._show_first_password(request, obj)

    @admin.action(description=_("Give a first password"), permissions=["change"])
    def give_first_password(self, request: HttpRequest, queryset: QuerySet[models.User]) -> HttpResponse | None:
        """Ask first, then show the new passwords on the very page that answers: messages do not reach whom it signs out."""
        chosen = list(queryset.order_by("username")[: MOST_PASSWORDS + 1])
        reached = within_reach(request, self.editable_jurisdictions(request)).values_list("pk", flat=True)
        theirs = set(reached.filter(pk__in=[user.pk for user in chosen]))
        others = [user for user in chosen if user.pk != request.user.pk and user.pk in theirs]
        if refusal := self._refusal(chosen, others):
            self.message_user(request, refusal, messages.ERROR)
            return None
        is_sure = request.POST.get("sure") == "yes"
        given = actions.reset_passwords([user.pk for user in others]) if is_sure else {}
        page = TemplateResponse(
            request,
            "organisation/console/first_passwords.html",
            {
                **self.admin_site.each_context(request),
                "title": _("First passwords"),
                "opts": self.opts,
                "checkbox": ACTION_CHECKBOX_NAME,
                "people": [(user, given.get(user.pk, "")) for user in others],
                "is_done": is_sure,
                "is_own_left_out": any(user.pk == request.user.pk for user in chosen),
            },
        )
        page["Cache-Control"] = "no-store"
        return page

    @staticmethod
    def _refusal(chosen: list[models.User], others: list[models.User]) -> "StrOrPromise":
        """Return why none of ``chosen`` gets a password, of whom only ``others`` could; ``""`` if they can."""
        if len(chosen) > MOST_PASSWORDS:
            return _("First passwords are given to at most %(most)d accounts at a time. Choose fewer.") % {
                "most": MOST_PASSWORDS
            }
        if not others:
            return _(
                "None of these accounts gets a first password from you: change your own under “My password”, and ask"
                " the city that keeps an account, or the installation's administrators, about others and about those"
                " who work in another city too."
            )
        return ""

    @admin.action(description=_("Unlock after failed sign-ins"), permissions=["change"])
    def open_the_door(self, request: HttpRequest, queryset: QuerySet[models.User]) -> None:
        for user in queryset:
            if self.has_change_permission(request, user):
                cleared = actions.unlock(user.username, now=machine_now())
                text = _("%(user)s: %(count)d failed sign-ins cleared.")
                self.message_user(request, text % {"user": user.username, "count": cleared})

    def _show_first_password(self, request: HttpRequest, user: models.User) -> None:
        password = actions.reset_password(user.pk)
        text = _("First password of %(user)s, shown only now: %(password)s. It must be changed at the first sign-in.")
        self.message_user(request, text % {"user": user.username, "password": password}, messages.WARNING)


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]  # a ModelForm takes no argument at run time
    scopes = forms.MultipleChoiceField(
        choices=TokenScope.choices,
        initial=[TokenScope.READ],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label=_("scopes"),
    )

    class Meta:
        model = models.ApiToken
        fields = ("user", "name", "scopes", "expires_at")

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        expires = cleaned.get("expires_at")
        if expires is not None and expires <= machine_now():
            self.add_error("expires_at", _("This time has passed."))
        return cleaned


@admin.register(models.ApiToken)
class ApiTokenAdmin(ScopedAdmin):
    """Tokens: shown once when made, never changed, revoked rather than deleted."""

    jurisdiction_lookup: ClassVar[str] = "user__jurisdiction"
    form = TokenForm
    list_display = ("name", "user", "scope_words", "created_at", "expires_at", "last_used_on", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    autocomplete_fields = ("user",)
    ordering = ("-created_at", "-id")
    actions = ("revoke",)

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is asked for a new one; of one that is there, all that is known, in words."""
        if obj is None:
            return super().get_fields(request, obj)
        return ("user", "name", "scope_words", "end", "created_at", "last_used_on", "revoked_at")

    @admin.display(description=_("scopes"))
    def scope_words(self, row: models.ApiToken) -> str:
        return listed(str(TokenScope(scope).label) for scope in row.scopes)

    @admin.display(description=_("expires"))
    def end(self, row: models.ApiToken) -> str:
        if row.expires_at is None:
            return str(_("never"))
        day = date_format(timezone.localtime(row.expires_at), "DATETIME_FORMAT")
        return str(_("%(day)s, it has expired") % {"day": day}) if row.expires_at <= machine_now() else day

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and bool(super().has_change_permission(request, obj))

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # A token acts as its account.
        kwargs["queryset"] = within_reach(request, self.editable_jurisdictions(request)).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @override
    def save_model(self, request: HttpRequest, obj: models.ApiToken, form: Any, change: bool) -> None:
        plain = actions.issue_token(
            obj.user_id, obj.name, now=machine_now(), expires=obj.expires_at, scopes=form.cleaned_data["scopes"]
        )
        obj.pk = models.ApiToken.objects.get(user_id=obj.user_id, name=obj.name, revoked_at=None).pk
        text = _("The token, shown only now: %(token)s. Copy it to where it is used.")
        self.message_user(request, text % {"token": plain}, messages.WARNING)

    @admin.action(description=_("Revoke"), permissions=["add"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[models.ApiToken]) -> None:
        editable = self.editable_jurisdictions(request)
        for token in queryset.select_related("user"):
            user = console_user(request)
            if token.user.jurisdiction in editable or (user is not None and user.is_superuser):
                actions.revoke_token(token.pk, now=machine_now())
        self.message_user(request, _("The tokens are useless from now on."))


@admin.register(models.SignInAttempt)
class SignInAttemptAdmin(ScopedAdmin):
    """Who failed at the door; for the accounts that the user sees. Unlock an account in the list of accounts."""

    is_read_only: ClassVar[bool] = True
    list_display = ("account", "address", "at", "cleared_at")
    search_fields = ("account", "address")
    ordering = ("-at", "-id")

    @override
    def seen_rows(self, request: HttpRequest) -> Q:
        user = console_user(request)
        if user is None or user.is_superuser:
            return super().seen_rows(request)
        seen = seen_jurisdictions(console_viewer(user))
        return Q(account__in=models.User.objects.filter(jurisdiction__in=seen).values("username"))

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
