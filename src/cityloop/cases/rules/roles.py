"""What rows of a table may be beside the loop: which pages and rights a post has, what a flag tells the pages, who calls.

A table that says nothing of one of these, as those written before there were such words, means what the standard's own codes
mean (``as_meant``): the post ``duty_chief`` works in shifts, the flag ``urged`` counts urges. As soon as one row says it, the
table speaks for itself.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from cityloop.cases.rules.table import Table

Right = Literal[
    "shifts", "handovers", "know_reporters", "wall", "board", "supervised", "routing", "put_routing",
]  # fmt: skip
"""What a post may do beside the loop's actions.

``shifts``: works in shifts, hands them over and takes them; ``handovers``: reads all hand-overs of the city and of those below;
``know_reporters``: sees who reported, each look being written down; ``wall``, ``board``, ``supervised``: these pages of a whole
city; ``routing``: reads and drafts the routing rules; ``put_routing``: lets them hold.
"""

FlagRole = Literal[
    "", "urged", "supervised", "reply_due", "satisfaction", "rated", "supporters", "reworks", "returns", "check",
    "self_disposed",
]  # fmt: skip
"""What a flag tells the pages.

``urged``, ``supervised``: how often, with what weight; ``reply_due``: a supervision waits for its answer; ``satisfaction``: how
content whoever reported is; ``rated``: they said so themselves; ``supporters``: how many others say so too; ``reworks``,
``returns``: how often; ``check``: what the check found; ``self_disposed``: whoever reported it solved it.
"""

ROLE_TYPES: Mapping[str, str] = {
    "urged": "count", "supervised": "count", "reply_due": "flag", "satisfaction": "text", "rated": "flag",
    "supporters": "count", "reworks": "count", "returns": "count", "check": "text", "self_disposed": "flag",
}  # fmt: skip
"""The type of flag that each role needs."""

STANDARD_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "acceptor": ("shifts", "know_reporters"),
    "duty_chief": get_args(Right),
    "dispatcher": ("shifts", "know_reporters", "wall", "routing"),
    "inspector": ("handovers", "wall", "board", "supervised"),
    "leader": ("handovers", "know_reporters", "wall", "board", "supervised"),
    "sysadmin": ("routing", "put_routing"),
}
"""What the standard's posts may: in a table that says it of no post, and for a post that a table does not name."""

STANDARD_ROLES: Mapping[str, str] = {
    "urged": "urged", "supervised": "supervised", "supervision_reply": "reply_due", "satisfaction": "satisfaction",
    "rated": "rated", "supporters": "supporters", "rework_count": "reworks", "return_count": "returns",
    "check_result": "check", "self_disposed": "self_disposed",
}  # fmt: skip
"""By a flag's code its role where the table gives that role to no flag."""

STANDARD_ACTS: Mapping[str, str] = {"merge": "merges", "rate": "rates", "support": "supports"}
"""By an action's code what it does where the table says it of no action."""

STANDARD_SOURCES: Mapping[str, str] = {"hotline": "calls", "web": "page"}
"""By a source's code what it is where the table says it of no source."""

STANDARD_PAST: tuple[Mapping[str, Any], ...] = (
    {"action": "accept", "if_possible": True},
    {"action": "file", "if_possible": True},
    {"action": "dispatch", "department": True},
    {"action": "sign", "over": True, "if_possible": True},
    {"action": "urge", "over": True, "each_urge": True},
    {"action": "feedback", "over": True, "at_end": True, "if_possible": True},
    {"action": "send_check", "over": True, "if_possible": True},
    {"action": "check_back", "over": True, "at_end": True, "if_possible": True, "given": {"result": "pass"}},
    {"action": "close", "over": True, "at_end": True, "given": {"condition_met": True}},
)
"""How a case of another system is told where the table does not say it."""


def as_meant(table: "Table") -> "Table":
    """Return the table with what it means by its silence spelled out."""
    return table.model_copy(
        update={
            "posts": _posts(table.posts),
            "flags": _flags(table.flags),
            "actions": _marked(table.actions, STANDARD_ACTS),
            "sources": _marked(table.sources, STANDARD_SOURCES),
        }
    )


def _posts(posts: Mapping[str, Any]) -> Mapping[str, Any]:
    if any("may" in post.model_fields_set for post in posts.values()):
        return posts
    return {code: post.model_copy(update={"may": STANDARD_RIGHTS.get(code, ())}) for code, post in posts.items()}


def _flags(flags: Mapping[str, Any]) -> Mapping[str, Any]:
    given = {flag.role for flag in flags.values()}
    found = dict(flags)
    for code, role in STANDARD_ROLES.items():
        flag = flags.get(code)
        if (
            flag is not None
            and role not in given
            and "role" not in flag.model_fields_set
            and flag.type == ROLE_TYPES[role]
        ):
            found[code] = flag.model_copy(update={"role": role})
    return found


def _marked(rows: Mapping[str, Any], standard: Mapping[str, str]) -> Mapping[str, Any]:
    found = dict(rows)
    for code, mark in standard.items():
        if code in rows and not any(mark in row.model_fields_set for row in rows.values()):
            found[code] = rows[code].model_copy(update={mark: True})
    return found
