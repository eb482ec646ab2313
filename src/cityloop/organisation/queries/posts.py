"""What posts are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cityloop.organisation import models
from cityloop.organisation.queries.cities import city
from cityloop.organisation.rules.staffing import Viewer


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post as its holder reads it: what, where, in which department, and whether for somebody absent.

    Args:
        key: That of the post, as ``Viewer.wearing`` takes it.
    """

    post: str
    city: str
    department: str
    is_deputy: bool
    key: str = field(default="", compare=False)


def post_names(jurisdictions: frozenset[str], *, english: bool = False) -> Mapping[tuple[str, str], str]:
    """Return the name of each post by (jurisdiction, code); the posts of all cities stand under ``""``. One query."""
    rows = models.Post.objects.filter(jurisdiction__in=jurisdictions | {""}).order_by("pk")
    return {(row.jurisdiction, row.code): (english and row.name_en) or row.name for row in rows}


def held_posts(viewer: Viewer) -> frozenset[tuple[str, str]]:
    """Return the posts that a viewer holds as (jurisdiction, code)."""
    return frozenset((held.jurisdiction, held.post) for held in viewer.posts)


def post_lines(viewer: Viewer, *, english: bool) -> list[PostLine]:
    """Return the posts of ``viewer`` in words, each once; a code stands where no name is known. One query."""
    names = post_names(frozenset(held.jurisdiction for held in viewer.posts), english=english)
    lines = []
    for held in viewer.posts:
        home = city(held.jurisdiction)
        department = home.departments.get(held.department_id) if held.department_id else None
        post = names.get((held.jurisdiction, held.post)) or names.get(("", held.post)) or held.post
        name = (english and home.name_en) or home.name
        is_deputy = held.deputy_for is not None
        lines.append(PostLine(post, name, department.name if department else "", is_deputy, held.key))
    return list(dict.fromkeys(lines))
