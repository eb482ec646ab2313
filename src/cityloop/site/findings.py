"""What a look at an installation finds, and how it is told. Needs nothing that could itself be what is broken."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``level``: "ok", "note" (worth knowing) or "wrong"; ``how`` says how to mend it."""

    name: str
    level: str
    what: str
    how: str = ""


def ok(name: str, what: str) -> Finding:
    return Finding(name, "ok", what)


def note(name: str, what: str, how: str = "") -> Finding:
    return Finding(name, "note", what, how)


def wrong(name: str, what: str, how: str) -> Finding:
    return Finding(name, "wrong", what, how)


def cannot_load(exc: Exception) -> Finding:
    """Return the finding for settings or libraries that cannot be loaded; nothing is translated that early."""
    return wrong("settings", f"CityLoop cannot load: {exc}", "Mend the setting that is named, or run script/bootstrap.")


SIGNS = {"ok": "✓", "note": "·", "wrong": "✗"}


def as_text(findings: Sequence[Finding]) -> str:
    lines = []
    for finding in findings:
        lines.append(f"{SIGNS[finding.level]} {finding.what}")
        if finding.how:
            lines.append(f"    → {finding.how}")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    is_well = all(finding.level != "wrong" for finding in findings)
    return json.dumps(
        {"ok": is_well, "findings": [asdict(finding) for finding in findings]}, ensure_ascii=False, indent=2
    )
