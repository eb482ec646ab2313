import pytest
from django.test import Client

from cast import PASSWORD
from cityloop.organisation import actions


@pytest.mark.parametrize("address", ["/console/r/1/1/", "/console/r/1/x/", "/console/r/999/1/", "/console/r/x/1/"])
@pytest.mark.django_db
def test_the_console_leads_from_no_row_to_a_page_elsewhere(client: Client, address: str) -> None:
    client.force_login(actions.create_user("boss", password=PASSWORD, is_superuser=True))
    assert client.get(address).status_code == 404
