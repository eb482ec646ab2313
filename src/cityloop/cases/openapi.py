"""The actions of a table as documented calls: each with its path, the schema of its inputs and an example that works."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cityloop.cases.rules.engine import ENDED
from cityloop.cases.rules.inputs import schema_of
from cityloop.cases.rules.table import Action, Need, Table, When
from cityloop.kernel.translation import _, language, listed

TAG = "Actions"
JSON = "application/json"
Document = dict[str, Any]

KEY = {"type": "string", "format": "uuid"}
ALWAYS_SHOWN = frozenset({"opinion", "description", "address", "solved"})
"""Inputs that an example shows although they may be left out."""
PHOTO_DIGEST = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
TEXTS = {"address": "人民路 18 号", "description": "人行道上井盖破损", "reply": "您反映的问题已处理完毕。"}
EXAMPLES: Mapping[str, Any] = {
    "category": "gb47678_2026/part/01001",
    "condition": "gb47678_2026/part/01001#cov_break",
    "department": "HW",
    "departments": ["SZ"],
    "point": {"lon": 120.005, "lat": 30.005, "system": "wgs84"},
    "reporter": {"name": "李女士", "phone": "13800000000"},
    "case": "9901012026070100001",
    "person": 1,
    "source": "collector",
    "flag": True,
}


def add_actions(document: Document, loop: Table, on: date) -> None:
    """Put the actions of ``loop`` into an OpenAPI document that has the generic calls ``report`` and ``act``.

    Args:
        document: Is changed. Actions that make a case become the bodies of ``POST …/cases``, all others get a path each.
        on: The day of the examples: what they say about the future lies after it.
    """
    making = [action for action in loop.actions.values() if action.creates]
    [create] = [
        path for path, calls in document["paths"].items() if calls.get("post", {}).get("operationId") == "report"
    ]
    generic = f"{create}/{{number}}/actions/{{action}}"
    schemas = document["components"]["schemas"]
    for action in loop.actions.values():
        schemas[_inputs_name(action)] = _inputs_schema(action, loop)
        schemas[_request_name(action)] = _request_schema(action)
    document["paths"][create]["post"]["requestBody"] = _any_of(making, loop, on)
    call = document["paths"][generic]["post"]
    for action in loop.actions.values():
        if not action.creates:
            document["paths"][generic.format(number="{number}", action=action.code)] = {
                "post": _operation(call, action, loop, on)
            }


def _camel(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("_"))


def _inputs_name(action: Action) -> str:
    return f"{_camel(action.code)}Inputs"


def _request_name(action: Action) -> str:
    return f"{_camel(action.code)}Request"


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _operation(call: Document, action: Action, loop: Table, on: date) -> Document:
    """Return the call of one action, with the responses and parameters of the generic ``call``."""
    return {
        **call,
        "operationId": f"act_{action.code}",
        "summary": action.text(language()),
        "description": _description(action, loop),
        "tags": [TAG],
        "parameters": [one for one in call["parameters"] if one.get("name") != "action"],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": _ref(_request_name(action)), "example": {"inputs": example_of(action, loop, on)}}
            },
        },
    }


def _any_of(making: list[Action], loop: Table, on: date) -> Document:
    examples = {
        action.code: {
            "summary": action.text(language()),
            "value": {"action": action.code, "inputs": example_of(action, loop, on)},
        }
        for action in making
    }
    schema = {"oneOf": [_ref(_request_name(action)) for action in making]}
    return {"required": True, "content": {JSON: {"schema": schema, "examples": examples}}}


def _request_schema(action: Action) -> Document:
    properties: Document = {"key": {**KEY, "description": _("Idempotency key; may be sent as the header instead.")}}
    if action.creates:
        properties["action"] = {"type": "string", "const": action.code}
        properties["jurisdiction"] = {
            "type": "string",
            "description": _("Code of your city; may be left out where you hold posts in one city only."),
        }
    properties["inputs"] = _ref(_inputs_name(action))
    required = ["inputs"]
    if action.creates and action.code != "report":
        required.append("action")
    elif not action.creates and not any(need.required for need in action.needs.values()) and not action.one_of:
        required = []
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _inputs_schema(action: Action, loop: Table) -> Document:
    schema = schema_of(action, loop, language())
    for name, need in action.needs.items():
        described = [*_when_needed(need, loop), schema["properties"][name].get("description", "")]
        if words := " ".join(filter(None, described)):
            schema["properties"][name]["description"] = words
    return schema


def _when_needed(need: Need, loop: Table) -> Iterator[str]:
    """Yield in words what JSON Schema cannot say: when an input is needed that is not always needed."""
    if need.required_when is not None:
        yield _("Needed where %(facts)s.") % {"facts": _facts(need.required_when)}
    if need.required_unless_known:
        yield _("Needed unless the case has it already.")
    if need.required_by_source:
        codes = [code for code, source in loop.sources.items() if source.point]
        yield _("Needed for the sources: %(codes)s.") % {"codes": listed(codes)}
    if need.type == "photos" and need.least == "source":
        counts = [f"{code} {source.photos}" for code, source in loop.sources.items() if source.photos]
        yield _("How many are needed depends on the source: %(counts)s, the others none.") % {"counts": listed(counts)}
    if need.type == "photos":
        yield _("Files that you have sent before (`POST /media`) or that hang on the case: %(kinds)s.") % {
            "kinds": listed(need.files)
        }
    if need.each_kind:
        yield _("One of each kind.")
    if need.future_days:
        yield _("Lies ahead, by at most %(days)d days.") % {"days": need.future_days}
    if need.below:
        yield _("A unit of the responsible department.")


def _facts(when: When) -> str:
    return ", ".join(f"{name} ∈ {{{', '.join(_fact(one) for one in allowed)}}}" for name, allowed in when.facts)


def _fact(value: Any) -> str:
    return (
        {True: "true", False: "false", None: "null"}[value] if value is None or isinstance(value, bool) else str(value)
    )


def _description(action: Action, loop: Table) -> str:
    """Return who may take the action, from which state, and where it leads."""
    posts = [permit.post for permit in action.by]
    if action.decides:
        posts += [post for level in loop.applications[action.decides.application].levels for post in level.by]
    by = [loop.posts[post].text(language()) if post in loop.posts else _("the system") for post in dict.fromkeys(posts)]
    if action.from_states == frozenset(loop.states):
        begins = _("any state")
    elif action.from_states == frozenset(code for code, state in loop.states.items() if state.kind not in ENDED):
        begins = _("any open state")
    else:
        begins = listed(_state(loop, code) for code in loop.states if code in action.from_states)
    leads = [_state(loop, target.state) for target in action.to if target.state]
    lines = [
        _("From: %(states)s.") % {"states": begins},
        _("To: %(states)s.") % {"states": listed(leads)} if leads else _("The state stays."),
        _("By: %(posts)s.") % {"posts": listed(by)},
    ]
    if action.number:
        lines.append(_("Row %(number)d of the loop's description.") % {"number": action.number})
    return "\n\n".join(lines)


def _state(loop: Table, code: str) -> str:
    return f"{loop.states[code].text(language())} (`{code}`)"


# --- examples


def example_of(action: Action, loop: Table, on: date) -> dict[str, Any]:
    """Return inputs that the action takes: all that it may need, and the texts that make a case readable."""
    return {
        name: _example(need, loop, on)
        for name, need in action.needs.items()
        if name in ALWAYS_SHOWN or _may_be_needed(need) or name in action.one_of[:1]
    }


def _may_be_needed(need: Need) -> bool:
    conditional = need.required_when is not None or need.required_by_source or need.required_unless_known
    return need.required or conditional or (need.type == "photos" and need.least != 0)


def _example(need: Need, loop: Table, on: date) -> Any:
    if need.type == "text":
        return TEXTS.get(need.name, "情况属实")
    if need.type == "choice":
        return next(iter(loop.lists[need.of] if need.of else need.options))
    if need.type == "integer":
        return need.min
    if need.type == "instant":
        return datetime.combine(on + timedelta(days=7), time(1), UTC).isoformat()
    if need.type == "photos":
        count = need.least if isinstance(need.least, int) else 2
        return [
            {"kind": kind, "sha256": PHOTO_DIGEST[index:] + PHOTO_DIGEST[:index]}
            for index, kind in enumerate(need.kinds[:count])
        ]
    if need.below:
        return "HW-1"
    if need.type == "code":
        return {"external_number": "12345-2026-0701", "part_code": "9901010101000001"}.get(need.name, "供电公司")
    return EXAMPLES[need.type]
