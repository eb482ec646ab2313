import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory
from django.urls import reverse

from cityloop.intake.actions import import_requests
from cityloop.intake.models import ImportRun
from intake.conftest import MakeFile
from intake.samples import sample

pytestmark = pytest.mark.django_db


def test_imports_are_listed_with_what_was_refused(client: Client, make_file: MakeFile) -> None:
    import_requests(make_file({"number": "1"}, {"number": "2", "closed": "2019-01-01"}), sample())
    client.force_login(get_user_model().objects.create_superuser("keeper"))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get(reverse("admin:intake_importrun_changelist"))
    assert page.status_code == 200
    text = page.content.decode()
    assert "requests.csv" in text
    assert "Closed before it was reported: 1" in text
    run = ImportRun.objects.get()
    assert client.get(reverse("admin:intake_importrun_change", args=[run.pk])).status_code == 200


def test_what_happened_is_not_changed(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = get_user_model()(username="keeper", is_superuser=True, is_active=True)
    console = admin.site.get_model_admin(ImportRun)
    assert console.has_view_permission(request)
    assert not console.has_add_permission(request)
    assert not console.has_change_permission(request)
    assert not console.has_delete_permission(request)
