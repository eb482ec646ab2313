"""The catalogue as a file: out, edited, and in again."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cityloop.standards.actions import load_package_data


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["catalogue.yaml", "catalogue.xlsx"])
def test_what_is_exported_can_be_imported_and_changes_nothing(tmp_path: Path, name: str) -> None:
    load_package_data()
    out = StringIO()
    call_command("export_catalogue", str(tmp_path / name), stdout=out)
    call_command("import_catalogue", str(tmp_path / name), stdout=out)
    assert " 0 rows added, 0 changed" in f" {out.getvalue().splitlines()[-1]}"


@pytest.mark.django_db
def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalogue.csv").write_text("a,b\n")
    with pytest.raises(CommandError):
        call_command("import_catalogue", str(tmp_path / "catalogue.csv"))
