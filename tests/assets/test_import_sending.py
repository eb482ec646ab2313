# ruff: noqa: F811  # fixtures of other files
"""Files of imports over 20 MB come in pieces by a grant, on the real upload process."""

import orjson
import pytest
from django.contrib.auth import get_user_model
from django.test import Client, override_settings
from django.urls import reverse

from cast import CITY, OTHER_CITY, Cast, committed_cast  # noqa: F401 # a fixture
from cityloop.assets.actions.importing.keeping import MOST_BYTES
from cityloop.assets.actions.importing.sending import IMPORT_FILES, run_by
from cityloop.assets.choices import ImportState
from cityloop.assets.models import ImportRun
from media.test_uploads import SECRET_KEY, Phone, Server, cast, server  # noqa: F401 # fixtures

pytestmark = pytest.mark.xdist_group("uploads")
BYTES = 21 << 20


def test_a_file_of_more_than_20_mb_comes_in_pieces_and_begins_an_import(
    server: Server,
    cast: Cast,
    client: Client,
) -> None:
    with override_settings(SECRET_KEY=SECRET_KEY):
        client.force_login(get_user_model().objects.get(pk=cast.people["data_admin"]))
        url = reverse("desk-imports-grant")
        for refused in ({"bytes": 0}, {"bytes": MOST_BYTES + 1}, {"bytes": BYTES, "city": OTHER_CITY}):
            assert client.post(url, refused).status_code in {403, 404, 413, 422}, refused
        assert client.post(url, {"bytes": MOST_BYTES, "city": CITY}).status_code == 201, "ten digits are a number too"
        given = client.post(url, {"bytes": BYTES, "city": CITY})
        assert given.status_code == 201, given.content
        phone = Phone(server, "")
        phone.headers["Authorization"] = f"Grant {orjson.loads(given.content)['grant']}"
        data = b"lon,lat\n" + b"121.0,30.0\n" * (BYTES // 11)
        data += b" " * (BYTES - len(data))
        location = phone.begin(BYTES)
        half = BYTES // 2
        assert phone.send(location, data[:half], 0).status == 204
        assert not ImportRun.objects.exists(), "half a file begins nothing"
        answer = phone.send(location, data[half:], half)
        assert answer.status == 204, answer.body
        run = ImportRun.objects.get()
        assert (run.jurisdiction, run.file_bytes, run.state) == (CITY, BYTES, ImportState.CHOOSING)
        receipt = answer["media-receipt"]
        assert IMPORT_FILES.sent(receipt, cast.people["data_admin"]) == (CITY, run.file_sha256)
        assert run_by(receipt, cast.people["data_admin"]) == run
        assert run_by(receipt, cast.people["acceptor"]) is None
        sent = client.post(
            reverse("desk-imports"), {"files": f"layer:{receipt}", "files_name": "点.csv", "target": "pois"}
        )
        assert sent.headers["Location"] == f"{reverse('desk-import', args=[run.id])}?target=pois"
        run.refresh_from_db()
        assert run.file_name == "点.csv"
