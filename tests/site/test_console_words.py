"""The console speaks Chinese, the words of unfold and procrastinate included."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import unfold
from django.contrib.admin.sites import site
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import translation

UNFOLD = Path(unfold.__file__).parent
LOOKED_UP = re.compile(r"""{%-?\s*trans(?:late)?\s+(?:"([^"]+)"|'([^']+)')|\b_\(\s*["']([^"']+)["']\s*\)""")
NOT_OURS = (  # pages of it that our console has not
    "contrib/", "auth/", "registration/", "login", "forms.py", "dataset", "nested", "crispy", "currency",
)  # fmt: skip


def words_of_unfold() -> Iterator[tuple[str, str]]:
    for path in sorted(UNFOLD.rglob("*.html")) + sorted(UNFOLD.rglob("*.py")):
        place = str(path.relative_to(UNFOLD))
        if any(part in place for part in NOT_OURS):
            continue
        if path.suffix == ".html":
            for found in LOOKED_UP.finditer(path.read_text("utf-8")):
                yield place, found[1] or found[2] or found[3]
        else:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and ast.unparse(node.func) == "_"
                    and isinstance(node.args[0], ast.Constant)
                ):
                    yield place, str(node.args[0].value)


def test_every_word_of_unfold_has_its_chinese() -> None:
    with translation.override("zh-hans"):
        lacking = {text: place for place, text in words_of_unfold() if translation.gettext(text) == text}
    assert {text for text in lacking if re.search("[A-Za-z]{2}", text)} <= {"Select currency"}


@pytest.fixture
def console(client: Client, db: None) -> Client:
    users: Any = get_user_model()
    client.force_login(users.objects.create_superuser("boss", password="a long enough one"))
    return client


def test_background_work_is_told_in_chinese(console: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, attempts)"
            """ VALUES ('default', 'cityloop.cases.tick', 0, '{"city": "990101"}', 'failed', 3) RETURNING id"""
        )
        job = cursor.fetchone()[0]
    for page in ("/console/procrastinate/procrastinatejob/", f"/console/procrastinate/procrastinatejob/{job}/change/"):
        text = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", " ", console.get(page).content.decode())
        assert "失败" in text
        assert not re.findall(r"(?i)\b(?:procrastinate|status|queue|attempts|failed|scheduled|priority|jobs?)\b", text)


def test_no_list_calls_its_first_column_a_box_to_tick(console: Client, settings: Any) -> None:
    """On a narrow screen unfold writes so before an unlinked first column, whatever it shows."""
    request = RequestFactory().get("/")
    request.user = get_user_model().objects.get()
    for shown in site._registry.values():
        columns = shown.get_list_display(request)
        links = shown.get_list_display_links(request, columns)
        if not shown.get_actions(request) and links:
            assert columns[0] in links, shown


def test_a_failed_job_is_run_once_more(console: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, attempts)"
            " VALUES ('default', 'cityloop.cases.tick', 0, '{}', 'failed', 3) RETURNING id"
        )
        job = cursor.fetchone()[0]
    console.post("/console/procrastinate/procrastinatejob/", {"action": "again", "_selected_action": [job]})
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [job])
        assert cursor.fetchone()[0] == "todo"
