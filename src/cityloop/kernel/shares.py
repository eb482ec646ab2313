"""Shares of a whole, as people read them."""


def tenths(part: int, whole: int) -> str:
    """Return a share in percent with one digit (``99.9``): all is 100.0 and nothing 0.0, and no rounding makes either of anything else.

    Args:
        part: 0 to ``whole``.
        whole: Not 0.
    """
    if part in {0, whole}:
        return f"{100 * part / whole:.1f}"
    return f"{min(max(100 * part / whole, 0.1), 99.9):.1f}"
