"""Whether a table fits the city that is to run by it: what it names outside itself must be there."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from cityloop.cases.rules.table import Finding, Table
from cityloop.kernel.translation import _, listed


class Surroundings(NamedTuple):
    """What a city has that its table may name."""

    calendars: Collection[str]
    posts: Collection[str]
    categories: Collection[str]


def misfits(table: Table, city: Surroundings) -> Iterator[Finding]:
    """Yield what ``table`` names and the city does not have: it would fail only when a case comes to that place."""
    for code, clock in table.clocks.items():
        if clock.calendar and clock.calendar not in city.calendars:
            yield (
                ("clocks", code, "calendar"),
                _("the city has no working calendar “%(code)s”; it has: %(known)s")
                % {"code": clock.calendar, "known": listed(sorted(city.calendars)) or "–"},
            )
    for code in table.posts:
        if code not in city.posts:
            yield ("posts", code), _("nobody can be appointed to this post: the organisation does not know it")
    for index, key in enumerate(table.settings.fast_classes):
        if key not in city.categories:
            yield (
                ("settings", "fast_classes", index),
                _("this class is unknown or switched off here: %(key)s") % {"key": key},
            )


def unstaffed(table: Table, held: Collection[str]) -> Iterator[Finding]:
    """Yield the posts that nobody in the city holds, as far as actions wait for somebody who does.

    Args:
        table: The city's table.
        held: Codes of the posts that somebody holds now.
    """
    waiting: dict[str, list[str]] = {}
    for action in table.actions.values():
        posts = {permit.post for permit in action.by}
        if action.decides:
            posts |= {post for level in table.applications[action.decides.application].levels for post in level.by}
        if "system" not in posts and not posts & set(held):
            for code in posts:
                waiting.setdefault(code, []).append(action.words)
    for code, post in table.posts.items():
        if code in waiting:
            yield (
                ("posts", code),
                _("nobody is “%(post)s” now, nor anything else that could take: %(actions)s")
                % {"post": post.words, "actions": listed(waiting[code])},
            )
