"""A copy of a table with other settings must not remember the old ones."""

from cityloop.cases.queries.tables import default_table


def test_a_copy_forgets_what_was_worked_out_from_the_old_settings() -> None:
    table = default_table()
    assert table.settings_names["signing"] is True
    assert table.stage_limits
    changed = table.model_copy(update={"settings": table.settings.model_copy(update={"signing": False})})
    assert changed.settings_names["signing"] is False
    assert table.settings_names["signing"] is True


def test_a_copy_of_an_action_forgets_what_it_demanded() -> None:
    report = default_table().actions["report"]
    assert report.texts
    assert report.demands
    changed = report.model_copy(update={"needs": {}})
    assert changed.texts == ()
    assert changed.demands == ()
