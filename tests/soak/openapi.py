"""Requests made from the OpenAPI document, fitting and not, are sent to a running city: no failure of ours, all as documented.

python -m soak.openapi --examples 60
"""

import sys
from datetime import date
from typing import Any

import schemathesis

from loading import CITY, Load, counted, folder, make_city, running
from running import Run, unused_port
from schema_walk import WHO, walk
from soaking import main


def run(examples: int, seed: int) -> dict[str, Any]:
    with folder("openapi") as parent, running(Run(parent / "data", unused_port())) as city:
        with Load(city.port, make_city(city)) as load:
            while len(load.acknowledged) < 50:
                load.stopping.wait(0.1)
        schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{city.port}/api/openapi.json")
        walked = walk(schema, make_people(), list(load.acknowledged.values()), examples, seed)
        for fault in walked.faults[:20]:
            sys.stderr.write(f"{fault}\n")
        findings = counted(load)["findings"]
    return {
        "name": "openapi.faults",
        "value": len(walked.faults),
        "unit": "1",
        "n": walked.answers.total(),
        "operations": walked.operations,
        "answers": {str(status): count for status, count in sorted(walked.answers.items())},
        "findings": findings,
        "seed": seed,
        "right": not walked.faults and not findings and not any(status >= 500 for status in walked.answers),
    }


def make_people() -> list[str]:
    """Make one of each post; return their tokens."""
    from cityloop.kernel.clock import machine_now
    from cityloop.organisation import actions

    since = date(2020, 1, 1)
    department = actions.create_department(CITY, "SZ", "市政中心", "municipal", valid_from=since)
    tokens = []
    for post in WHO:
        user = actions.create_user(f"walk-{post}", password="long-enough-2026", name=post)
        place = department if post == "dept_clerk" else None
        actions.appoint(user.pk, post, CITY, valid_from=since, department_id=place)
        tokens.append(actions.issue_token(user.pk, "walk", now=machine_now(), scopes=["read", "write"]))
    return tokens


if __name__ == "__main__":
    sys.exit(main(__doc__, run, examples=60, seed=7))
