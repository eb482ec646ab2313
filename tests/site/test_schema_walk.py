"""Whatever is made from the OpenAPI document: no answer is a failure of ours, and each is as documented."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application

from cases.conftest import Desk, committed_desk  # noqa: F401 # a fixture
from cast import NOW, committed_cast  # noqa: F401 # a fixture
from cityloop.organisation import actions as organisation
from schema_walk import WHO, walk


@pytest.mark.long
def test_every_operation_answers_whatever_is_sent(committed_desk: Desk) -> None:  # noqa: F811
    desk = committed_desk
    tokens = [organisation.issue_token(desk.cast[who], "walk", now=NOW, scopes=["read", "write"]) for who in WHO]
    numbers = [desk.report().number, desk.filed(), desk.in_disposal(), desk.to_close()]
    walked = walk(schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application()), tokens, numbers, 1)
    assert walked.faults == []
    assert walked.operations > 80
    assert {200, 403, 404, 422} <= set(walked.answers)
