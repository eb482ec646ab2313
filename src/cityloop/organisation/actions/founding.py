"""Day one: the first administrator and the city's own jurisdiction."""

from dataclasses import dataclass

from django.db import connection, transaction

from cityloop.kernel.errors import Conflict
from cityloop.kernel.translation import _
from cityloop.organisation.actions.jurisdictions import create_jurisdiction
from cityloop.organisation.actions.people import appoint, create_user
from cityloop.organisation.queries.cities import city, is_founded
from cityloop.standards.actions import load_package_data


@dataclass(frozen=True, slots=True)
class Founded:
    code: str
    city: str
    username: str
    user_id: int


@transaction.atomic
def found(*, code: str, name: str, time_zone: str, username: str, person: str, password: str) -> Founded:
    """Make the first administrator, who administers the installation, and the city, whose posts they may give.

    The standards' catalogues are loaded with it.

    Raises:
        Conflict: The installation has a city or an administrator already.
        InvalidInput: Code, zone, account name or password cannot be used.
    """
    with connection.cursor() as cursor:
        # Two who press at once: the second waits here, and then sees what the first has made.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('cityloop: found', 0))")
    if is_founded():
        raise Conflict(_("This installation has its city and administrator already."))
    load_package_data()
    create_jurisdiction(code, name, time_zone=time_zone)
    user = create_user(username, password=password, name=person, jurisdiction=code, is_superuser=True)
    appoint(user.pk, "sysadmin", code, valid_from=city(code).today())
    return Founded(code, name, user.username, user.pk)
