"""Whoever is spoken to in Chinese is 您, never 你."""

import re

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import password_validators_help_texts
from django.test import Client
from django.utils import translation

from cityloop.site import django_words


def test_the_words_of_django_say_the_polite_you() -> None:
    with translation.override("zh-hans"):
        said = [translation.gettext(text) for text in django_words.WORDS]
        said += [django_words.at_least(1), django_words.at_least(10), *map(str, password_validators_help_texts())]
    assert [text for text in said if "你" in text] == []
    assert [text for text in said if not re.search("[\u3400-\u9fff]", text)] == []


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("Light", "浅色"),  # the theme of the console, no traffic light
        ("Log out", "退出登录"),
        ("Null characters are not allowed.", "不能含有空字符（NUL）。"),
    ],
)
def test_a_word_is_said_as_it_is_meant(text: str, chinese: str) -> None:
    with translation.override("zh-hans"):
        assert translation.gettext(text) == chinese


def test_ours_do_too() -> None:
    catalogue = settings.LOCALE_PATHS[0] / "zh_Hans/LC_MESSAGES/django.po"
    assert [line for line in catalogue.read_text("utf-8").splitlines() if "你" in line] == []


@pytest.mark.django_db
def test_the_page_of_the_password_does(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("zhang", password="a long enough one"))
    page = client.get("/password").content.decode()
    assert "您的密码" in page
    assert "你" not in page
