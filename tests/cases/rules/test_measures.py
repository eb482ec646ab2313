"""What counts as what, read from tables of several kinds of cities."""

from cityloop.cases.queries.tables import default_table, example_text
from cityloop.cases.rules.measures import measures
from cityloop.cases.rules.reading import read_table


def test_in_the_default_table_a_case_is_filed_when_it_comes_beyond_filing() -> None:
    found = measures(default_table())
    filed = found.moves["filed"]
    assert {"reported", "verifying", "accepted"} < filed.before
    assert {"filed", "in_disposal", "to_close", "closed"} <= filed.after
    assert not filed.after & {"rejected", "cancelled", "merged", "accepted"}
    assert not filed.before & {"checking", "to_close", "closed"}, "neither a rework nor a case reopened is filed again"
    assert found.moves["closed"].after == {"closed", "forced_closed", "archived"}
    assert not found.moves["closed"].before & found.moves["closed"].after
    assert found.moves["rework"].actions == {"rework", "reject_feedback"}
    assert found.undoing == {"withdraw"}


def test_where_nothing_is_filed_a_case_has_its_limit_from_the_first() -> None:
    found = measures(read_table(example_text("service_request")))
    assert "" in found.moves["filed"].before
    assert found.moves["filed"].after >= found.moves["closed"].after
