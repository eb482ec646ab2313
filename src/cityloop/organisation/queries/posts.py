"""What posts are called."""

from collections.abc import Mapping

from cityloop.organisation import models


def post_names(jurisdictions: frozenset[str], *, english: bool = False) -> Mapping[tuple[str, str], str]:
    """Return the name of each post by (jurisdiction, code); the posts of all cities stand under ``""``. One query."""
    rows = models.Post.objects.filter(jurisdiction__in=jurisdictions | {""}).order_by("pk")
    return {(row.jurisdiction, row.code): (english and row.name_en) or row.name for row in rows}
