"""A walk over every operation of the OpenAPI document, with requests made from it: some that fit, some that do not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import hypothesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
WHO = ("acceptor", "duty_chief", "dispatcher", "dept_clerk", "collector", "citizen", "leader", "sysadmin")
"""Who asks, in turn."""


@dataclass(slots=True)
class Walked:
    """What came of it: how many operations, how often each status, and what is not as documented."""

    operations: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def walk(schema: Any, tokens: Sequence[str], numbers: Sequence[str], examples: int, seed: int = 0) -> Walked:
    """Ask for every operation ``2 * examples`` times.

    Args:
        schema: As schemathesis loads it, with the application or the address that answers.
        tokens: Of those who ask.
        numbers: Of cases that there are; without them nearly every answer would be 404.
    """
    walked = Walked()
    for found in schema.get_all_operations():
        operation = found.ok()
        walked.operations += 1
        for mode in GenerationMode:
            _ask(operation, mode, tokens, numbers, walked, examples, seed)
    return walked


def _ask(
    operation: Any,
    mode: GenerationMode,
    tokens: Sequence[str],
    numbers: Sequence[str],
    walked: Walked,
    examples: int,
    seed: int,
) -> None:
    @hypothesis.seed(seed)
    @settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @hypothesis.given(
        case=operation.as_strategy(generation_mode=mode),
        token=st.sampled_from(tokens),
        number=st.sampled_from(numbers),
        invented=st.sampled_from((False, False, False, True)),
    )
    def ask(case: Any, token: str, number: str, *, invented: bool) -> None:
        if not invented and "number" in (case.path_parameters or {}):
            case.path_parameters["number"] = number
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}
        answer = case.call()
        walked.answers[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except Exception as exc:  # noqa: BLE001 # a group of failures, kept and told at the end
            walked.faults.append(f"{operation.method} {operation.path}: {exc}"[:1500])

    ask()
