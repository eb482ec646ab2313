"""Every text shown to people has its Chinese, in the terms of the glossary. ``script/messages`` mends what fails here."""

import ast
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, label_for_field
from django.core.management import BaseCommand, call_command, get_commands, load_command_class
from django.test import override_settings
from django.utils import translation

from cityloop.site import cli

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "cityloop"
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")

GETTEXT = {"_", "lazy", "noop", "ngettext"}
CHINESE = re.compile(r"[\u3400-\u9fff]")
PLACEHOLDER = re.compile(r"%%|%\(\w+\)[-+ #0-9.]*[a-zA-Z]")

NAMES = {  # the same in both languages
    "BD-09", "CGCS2000", "CJ/T 214-2007", "GB/T 30428.2-2013", "GB/T 47678.5-2026", "GCJ-02", "WGS 84", "YAML",
    "%(action)s (%(posts)s): %(source)s → %(target)s", "%(field)s: %(why)s", "%(name)s: %(used)s", "%(name)s “%(act)s”",
    "%(action)s: %(who)s, %(time)s", "PDF", "WMTS",
}  # fmt: skip
HOMONYMS = {  # words that mean something else here than in the glossary
    "cancel": "取消",  # closes a dialog of the console, not a case
    "event": "流程记录",  # one line of the history of a case, not a matter of the street
    "file": "文件",
    "light": "浅色",  # a theme of the console
    "limit": "时限",  # of any stage, not of disposal alone
}
# A level of regions and what an installation serves; of a clock and of a theme; a negation and “No.”; a clock and a job; a
# limit and the end of a span; lines of a history and matters of the street; when and for what; a span and times of a day; of a
# version and of a case; of a row and of a service; until when and how much.
TWO_SENSES = {"key", "kept", "city", "light", "no", "running", "until", "events", "asked for", "hours", "over"}
# Braces that a person is to write, in file names and in addresses of tiles.
MEANT = ("{column}", "{id[2:6]}", "{no:03}", "{z}", "{x}", "{y}", "{-y}", "{s}", "{s:a,b}", "{s:a,b,c}", "{key}")


@dataclass(frozen=True, slots=True)
class Entry:
    id: str
    plural: str
    chinese: tuple[str, ...]
    flags: frozenset[str]


def read(catalogue: Path) -> list[Entry]:
    return [entry for block in catalogue.read_text("utf-8").split("\n\n") if (entry := _entry(block)).id]


def _entry(block: str) -> Entry:
    texts: dict[str, str] = defaultdict(str)
    flags: set[str] = set()
    keyword = ""
    for line in block.splitlines():
        if line.startswith("#,"):
            flags |= {flag.strip() for flag in line[2:].split(",")}
        elif found := re.fullmatch(r'(?:(msg\S+) )?(".*")', line):
            keyword = found[1] or keyword
            texts[keyword] += ast.literal_eval(found[2])
    chinese = tuple(text for key, text in texts.items() if key.startswith("msgstr"))
    return Entry(texts["msgid"], texts["msgid_plural"], chinese, frozenset(flags))


ENTRIES = read(PACKAGE / CATALOGUE)
IDS = {entry.id for entry in ENTRIES}


def calls_of_gettext() -> Iterator[tuple[str, ast.expr]]:
    """Every text that the code asks the catalogue for, with its place, under whichever name gettext was imported."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        ours = {
            name.asname or name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "cityloop.kernel.translation"
            for name in node.names
            if name.name in GETTEXT
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ours:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node.args[0]


def test_the_catalogue_holds_every_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_texts(folder: str, names: list[str]) -> set[str]:
        kept = {".py", ".html", ".po"}
        return {name for name in names if not (Path(folder) / name).is_dir() and Path(name).suffix not in kept}

    copy = tmp_path / "cityloop"
    shutil.copytree(PACKAGE, copy, ignore=not_texts)
    monkeypatch.chdir(copy)
    with override_settings(LOCALE_PATHS=[copy / "locale"]):
        call_command("makemessages", verbosity=0)
    lacking = {entry.id for entry in read(copy / CATALOGUE)} - IDS
    assert not lacking, "run script/messages and write their Chinese"


def test_no_text_is_put_together_where_it_is_looked_up() -> None:
    """An f-string or a sum is another text each time: no catalogue can hold it."""
    for place, text in calls_of_gettext():
        assert not isinstance(text, ast.JoinedStr | ast.BinOp), place


def commas_in_texts() -> Iterator[str]:
    """Where names are joined with a Latin comma inside what fills a text."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        if not any(isinstance(n, ast.ImportFrom) and n.module == "cityloop.kernel.translation" for n in ast.walk(tree)):
            continue  # the command line has a catalogue of its own before Django is loaded
        for filled in ast.walk(tree):
            if not (isinstance(filled, ast.BinOp) and isinstance(filled.op, ast.Mod)):
                continue
            for node in ast.walk(filled.right):
                if isinstance(node, ast.Attribute) and node.attr == "join" and ast.unparse(node.value) == "', '":
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno}"


def test_names_in_a_text_are_divided_by_the_sign_of_its_language() -> None:
    assert list(commas_in_texts()) == [], "use kernel.translation.listed"


def test_a_text_inside_an_f_string_is_found_too() -> None:
    """``xgettext`` does not look into f-strings."""
    lacking = {
        place: text.value
        for place, text in calls_of_gettext()
        if isinstance(text, ast.Constant) and text.value not in IDS
    }
    assert lacking == {}


def test_no_text_stands_in_the_catalogue_twice() -> None:
    assert len(IDS) == len(ENTRIES)


def those(wrong: Callable[[Entry], object]) -> list[str]:
    return [entry.id for entry in ENTRIES if wrong(entry)]


def test_every_text_has_its_chinese() -> None:
    assert those(lambda entry: not entry.chinese or not all(entry.chinese)) == []
    assert those(lambda entry: "fuzzy" in entry.flags) == []
    assert those(lambda entry: not all(map(CHINESE.search, entry.chinese)) and entry.id not in NAMES) == []


def test_placeholders_are_those_of_the_english() -> None:
    def placeholders(text: str) -> list[str]:
        return sorted(PLACEHOLDER.findall(text))

    assert (
        those(lambda entry: any(placeholders(t) != placeholders(entry.plural or entry.id) for t in entry.chinese)) == []
    )


def test_no_text_shows_the_machinery() -> None:
    def shows(text: str) -> bool:
        bare = re.sub("|".join(map(re.escape, MEANT)), "", text)
        lost_its_f = re.search(r"\{\w*(?:[.\[:!][^{}]*)?\}", bare)
        return bool(lost_its_f or re.search(r"\bSQL\b|traceback", text, re.IGNORECASE))

    # Django fills its own braces in, where it says so.
    ours = [entry for entry in ENTRIES if "python-brace-format" not in entry.flags]
    assert [entry.id for entry in ours if any(map(shows, (entry.id, *entry.chinese)))] == []


def test_chinese_is_set_as_chinese_is() -> None:
    """Full-width marks, a space between Chinese and Latin, and quotation marks that close."""

    def is_badly_set(text: str) -> bool:
        around = PLACEHOLDER.sub("", text)
        half_width = re.search(r"[\u3400-\u9fff][,.:;?!()]|[,:;?!(][\u3400-\u9fff]", around)
        no_space = re.search(r"[\u3400-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u3400-\u9fff]", around)
        return bool(half_width or no_space) or text.count("“") != text.count("”")

    assert those(lambda entry: any(map(is_badly_set, entry.chinese))) == []


def test_ids_that_differ_in_capitals_or_the_last_mark_say_the_same() -> None:
    chinese: dict[str, set[str]] = defaultdict(set)
    for entry in ENTRIES:
        chinese[entry.id.casefold().rstrip(".: ")] |= {text.rstrip("。： ") for text in entry.chinese}
    assert {english: texts for english, texts in chinese.items() if len(texts) > 1 and english not in TWO_SENSES} == {}


def glossary() -> dict[str, set[str]]:
    """The official terms of each English word; of “主办 / 协办 | lead / co-handler” each side its own."""
    terms: dict[str, set[str]] = defaultdict(set)
    for line in (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines():
        cells = [re.sub(r"（[^）]*）|\([^)]*\)", "", cell).strip() for cell in line.strip("| ").split("|")]
        if len(cells) != 4 or not CHINESE.search(cells[0]):
            continue
        for chinese, english in (cells[:2], cells[2:]):
            ours, theirs = re.split(r" / ", chinese), [word.strip() for word in re.split(r" / |, ", english)]
            paired = (
                zip(ours, theirs, strict=True) if len(ours) == len(theirs) else ((chinese, word) for word in theirs)
            )
            for term, word in paired:
                terms[word] |= {one.strip() for one in term.split(" / ")}
    return terms


def test_terms_of_the_glossary_are_translated_by_it() -> None:
    terms = glossary()
    assert {"unit grid": {"单元网格"}, "co-handler": {"协办"}}.items() <= terms.items()
    found = {entry.id: entry.chinese[0] for entry in ENTRIES if entry.id.casefold() in terms}
    assert len(found) > 20
    allowed = {english: terms[english.casefold()] | {HOMONYMS.get(english.casefold(), "")} for english in found}
    assert {english: text for english, text in found.items() if text not in allowed[english]} == {}


def shown_in_the_console() -> Iterator[tuple[str, object]]:
    """Each name that a page of the console shows: of rooms, tables, columns, choices and actions, with where it stands."""
    for model, page in admin.site._registry.items():
        if not model.__module__.startswith("cityloop."):
            continue
        meta = model._meta
        names = (meta.app_config.verbose_name, meta.verbose_name, meta.verbose_name_plural, page.search_help_text)
        yield from ((meta.label, name) for name in names)
        form = (
            page.fields
            or flatten_fieldsets(page.fieldsets or ())
            or [f.name for f in meta.fields if f.editable and not f.auto_created]
        )
        asked = getattr(page.form, "declared_fields", {})
        yield from ((f"{meta.label}.{name}", words) for name, f in asked.items() for words in (f.label, f.help_text))
        for column in {*page.list_display, *page.readonly_fields, *form} - {"__str__", *asked}:
            place = f"{meta.label}.{column}"
            yield place, label_for_field(column, model, page)
            if column in {field.name for field in meta.fields}:
                field = meta.get_field(column)
                yield place, field.help_text
                yield from ((place, label) for _code, label in field.flatchoices)
        yield from ((f"{meta.label}.{name}", words) for _action, name, words in page._get_base_actions())


def test_every_name_in_the_console_is_chinese() -> None:
    with translation.override("zh-hans"):
        names = {(place, str(name)) for place, name in shown_in_the_console() if name}
    assert len(names) > 300
    same = {*NAMES, "English"}
    assert sorted(one for one in names if not CHINESE.search(one[1]) and one[1] not in same) == []


def ours() -> dict[str, BaseCommand]:
    """Our management commands by name; ``makemessages`` is Django's, for those who write the texts."""
    known = {name: room for name, room in get_commands().items() if str(room).startswith("cityloop.")}
    return {name: load_command_class(str(room), name) for name, room in known.items() if name != "makemessages"}


def test_the_help_of_every_command_is_chinese() -> None:
    djangos = {action.dest for action in BaseCommand().create_parser("cityloop", "any")._actions}
    told: dict[str, str | None] = {"cityloop": cli._help()}
    with translation.override("zh-hans"):
        for name, command in ours().items():
            parser = command.create_parser("cityloop", name)
            told[name] = parser.description or ""
            told |= {f"{name} {action.dest}": action.help for action in parser._actions if action.dest not in djangos}
    assert {"verify", "verify jurisdiction", "init code"} <= told.keys()
    assert {name: text for name, text in told.items() if text is not None and not CHINESE.search(text)} == {}
