"""The report of an import as Markdown: every figure is one of ``queries.replay_report``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cityloop.intake.choices import Noticed, Refused
from cityloop.kernel.shares import tenths
from cityloop.kernel.translation import _

MOST_CLASSES = 12
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"

Report = Mapping[str, Any]


def report_text(reports: Sequence[Report], compared: Mapping[str, Report], *, machine: str, is_chinese: bool) -> str:
    """Return the whole report.

    Args:
        reports: Of ``replay_report``, one for each city.
        compared: By source, what an independent count of the file said: ``{"days": {"compared": 9, "differ": {}}, …}``.
        machine: What it ran on, and when.
        is_chinese: Whether classes are named in Chinese, else in English.
    """
    parts = [f"*{machine}*", _overview(reports)]
    for report in reports:
        parts.append(f"## {report['jurisdiction']} {report['name']}")
        parts += [_file(file, compared.get(file["source"]), is_chinese=is_chinese) for file in report["files"]]
        if "verify" in report:
            parts.append(_verified(report["verify"]))
    return "\n\n".join(parts)


def written_into(text: str, generated: str) -> str:
    """Return ``text`` with what stands between the two marks replaced; the marks are put at the end if it has none."""
    before, begin, rest = text.partition(BEGIN)
    after = rest.partition(END)[2] if begin else "\n"
    before = before if begin else text.rstrip("\n") + "\n\n"
    return f"{before}{BEGIN}\n\n{generated}\n\n{END}{after}"


def _overview(reports: Sequence[Report]) -> str:
    head = [
        _("source"), _("rows"), _("cases made"), _("refused"), _("closed"), _("on time, our limit"),
        _("on time, promised"), _("seconds"), _("of them processor"), _("cases/s"),
    ]  # fmt: skip
    rows = [
        [
            file["source"],
            _n(file["rows"]),
            _n(file["cases"]),
            _n(sum(file["refused"].values())),
            _n(file["closed"]),
            _share(file["on_time"]["own_limit"]),
            _share(file["on_time"]["promised"]),
            _n(file["seconds"]),
            _n(file["cpu_seconds"]),
            _n(file["cases_per_second"]),
        ]
        for report in reports
        for file in report["files"]
    ]
    return _table(head, rows)


def _file(file: Report, compared: Report | None, *, is_chinese: bool) -> str:
    parts = [f"### {file['source']}", "\n".join(_facts(file)), _on_time(file), _classes(file, is_chinese=is_chinese)]
    if compared is not None:
        parts.append(_comparison(compared))
    return "\n\n".join(part for part in parts if part)


def _facts(file: Report) -> Iterator[str]:
    yield "- " + _("`%(file)s`: %(rows)s rows, %(cases)s cases, %(refused)s refused.") % {
        "file": file["file"],
        "rows": _n(file["rows"]),
        "cases": _n(file["cases"]),
        "refused": _n(sum(file["refused"].values())),
    }
    for reason, count in sorted(file["refused"].items()):
        yield "- " + _("Refused: %(why)s: %(count)s.") % {"why": Refused(reason).label, "count": _n(count)}
    yield "- " + _(
        "%(placed)s cases with a position (%(gridded)s of them in a unit grid), %(unplaced)s without; "
        "%(closed)s closed, %(open)s open."
    ) % {
        "placed": _n(file["with_position"]),
        "gridded": _n(file["in_a_grid"]),
        "unplaced": _n(file["cases"] - file["with_position"]),
        "closed": _n(file["closed"]),
        "open": _n(file["open"]),
    }
    yield from _noticed(file["noticed"])
    days = file["day_summary"]
    if days["days"]:
        yield "- " + _(
            "%(days)s days with reports, from %(first)s to %(last)s: %(mean)s a day, the busiest %(day)s with %(most)s."
        ) % {
            "days": _n(days["days"]),
            "first": days["first"],
            "last": days["last"],
            "mean": _n(days["mean"]),
            "day": days["busiest"][0],
            "most": _n(days["busiest"][1]),
        }
    yield "- " + _(
        "Time: %(seconds)s s (%(cpu)s s of the import's own processor time) for %(made)s cases, %(rate)s a second; "
        "runs over the file: %(runs)s."
    ) % {
        "seconds": _n(file["seconds"]),
        "cpu": _n(file["cpu_seconds"]),
        "made": _n(file["made"]),
        "runs": file["runs"],
        "rate": _n(file["cases_per_second"]),
    }


def _noticed(noticed: Mapping[str, int]) -> Iterator[str]:
    labels = dict(Noticed.choices)
    for kind, count in sorted(noticed.items()):
        if kind in labels:
            yield f"- {labels[kind]}: {_n(count)}."
    fits = {fit: noticed.get(f"fit_{fit}", 0) for fit in ("good", "near", "none")}
    yield "- " + _("National class: %(good)s fit, %(near)s nearly, %(none)s have none (a class of the city's own).") % {
        fit: _n(count) for fit, count in fits.items()
    }
    ended = {
        how: noticed[f"ended_{how}"] for how in ("duplicate", "cancelled", "transferred") if f"ended_{how}" in noticed
    }
    if ended:
        told = ", ".join(f"{how} {_n(count)}" for how, count in ended.items())
        yield "- " + _("Closed in the source without being disposed of: %(told)s.") % {"told": told}


def _on_time(file: Report) -> str:
    names = {
        "own_limit": _("our limit of the filing condition, in working time"),
        "promised": _("the source's own due date"),
        "own_limit_without_ended_otherwise": _("our limit, without duplicates, cancelled and passed on"),
        "promised_without_ended_otherwise": _("the due date, without duplicates, cancelled and passed on"),
    }
    rows = [
        [name, _n(found["closed"]), _n(found["on_time"]), _share(found)]
        for key, name in names.items()
        if (found := file["on_time"][key])["closed"]
    ]
    return _table([_("deadline"), _("closed"), _("on time"), _("share")], rows) if rows else ""


def _classes(file: Report, *, is_chinese: bool) -> str:
    head = [_("busiest classes"), _("national class"), _("cases"), _("on time, our limit"), _("median hours to close")]
    rows = [
        [
            one["words"],
            f"{one['category']} {one['name_zh'] if is_chinese else one['name_en']}",
            _n(one["cases"]),
            _share(one),
            _n(one["median_hours"]),
        ]
        for one in file["classes"][:MOST_CLASSES]
    ]
    return _table(head, rows)


def _comparison(compared: Report) -> str:
    what = _("rows, refusals, %(days)s days, %(classes)s classes and %(districts)s districts") % {
        key: _n(compared[key]["compared"]) for key in ("days", "classes", "districts")
    }
    differ = [f"{key} {one}: {pair}" for key, found in compared.items() for one, pair in found["differ"].items()]
    if not differ:
        return _("An independent script counted the file again: %(what)s agree.") % {"what": what}
    return _("An independent script counted the file again (%(what)s); file and database differ: %(differ)s.") % {
        "what": what,
        "differ": "; ".join(differ),
    }


def _verified(found: Report) -> str:
    return _("`cityloop verify`: %(cases)s cases rebuilt from %(events)s events, %(findings)s findings.") % {
        "cases": _n(found["cases"]),
        "events": _n(found["events"]),
        "findings": len(found["findings"]),
    }


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _n(value: float | None) -> str:
    return "–" if value is None else f"{value:,}"


def _share(found: Report) -> str:
    return f"{tenths(found['on_time'], found['closed'])}%" if found["closed"] else "–"
