"""What a viewer's posts may do beside the loop's actions: each by the table that its city runs by now."""

from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.rules.roles import Right
from cityloop.organisation.rules.staffing import HeldPost, Viewer


def may(jurisdiction: str, post: str, *rights: Right) -> bool:
    """Return whether whoever holds ``post`` in a city may do one of these."""
    loop = table_in_force(jurisdiction)
    return any(loop.may(post, right) for right in rights)


def held_with(viewer: Viewer, *rights: Right) -> list[HeldPost]:
    """Return those of a viewer's posts by which they may do one of these: no query where the versions were read already."""
    return [held for held in viewer.posts if may(held.jurisdiction, held.post, *rights)]


def knowing_post(viewer: Viewer, jurisdiction: str) -> str | None:
    """Return the post by which a viewer may see who reported the cases of a city; None where none of theirs lets them.

    The table that this city runs by now says which posts those are, also of a centre above it.
    """
    held = (held for held in viewer.posts if held.jurisdiction == jurisdiction or jurisdiction in held.below)
    return next((one.post for one in held if may(jurisdiction, one.post, "know_reporters")), None)


def knowing_posts(viewer: Viewer) -> dict[str, str]:
    """Return by the code of each city whose reporters a viewer may see the post that lets them."""
    codes = dict.fromkeys(code for held in viewer.posts for code in (held.jurisdiction, *held.below))
    return {code: post for code in codes if (post := knowing_post(viewer, code)) is not None}
