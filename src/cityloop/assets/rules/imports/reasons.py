"""What can be wrong with a row, or worth a note, each by a word and a sentence."""

from collections import defaultdict
from collections.abc import Mapping

from cityloop.kernel.translation import _, noop, said_again

REASONS: Mapping[str, str] = {
    # shapes
    "no_shape": noop("has no shape"),
    "broken_shape": noop("has a shape that cannot be read"),
    "not_a_number": noop("has a coordinate that is no number"),
    "zero": noop("lies at 0, 0: the position was never filled in"),
    "swapped": noop("longitude and latitude look swapped"),
    "off_earth": noop("lies outside the range of degrees"),
    "outside": noop("lies outside the city"),
    "wrong_kind": noop("is a %(kind)s, which cannot become this"),
    "several_pieces": noop("consists of %(count)s pieces; one is wanted"),
    "no_ground": noop("crosses itself and cannot be mended"),
    "crosses": noop("crosses or touches itself"),
    "mended": noop("crossed itself and was mended"),
    # what stands twice
    "doubled_key": noop("stands already in row %(row)s"),
    "doubled_place": noop("lies %(metres)s m from row %(row)s, which is the same"),
    "there_already": noop("lies %(metres)s m from %(key)s, which is the same and there already"),
    "ended_key": noop("belonged to one that has ended; a code is not used again"),
    # values
    "needed": noop("is needed and empty"),
    "too_long": noop("is longer than %(most)s characters"),
    "no_number": noop("is no number"),
    "beyond": noop("must lie between %(least)s and %(most)s"),
    "no_day": noop("is no day: write 2026-05-01 or 20260501"),
    "day_beyond": noop("lies outside the years 1970 to 2199"),
    "day_order": noop("lies before the day of the first survey"),
    "no_choice": noop("is none of the words there are: %(known)s"),
    "bad_character": noop("holds a character that cannot be kept"),
    # parts
    "bad_code": noop("is no part code: it must have %(digits)s digits"),
    "other_division": noop("does not begin with the division %(code)s"),
    "unknown_class": noop("is no class of parts that the city uses"),
    "no_class": noop("has neither a code nor a class"),
    "class_differs": noop("disagrees with the code, which names class %(code)s"),
    "unknown_department": noop("is no department of the city"),
    "grid_differs": noop("disagrees with the position, which lies in %(code)s"),
    "place_differs": noop("disagrees with the position, which lies in %(code)s"),
    "off_road": noop("lies %(metres)s m from the nearest road"),
    "class_kind": noop("is a %(kind)s, where parts of this class are surveyed otherwise"),
    # areas of unit grids
    "unknown_grid": noop("is no unit grid of the city on that day"),
    "bad_area_code": noop("is no code of such an area: write it like %(example)s"),
    "differs_within": noop("disagrees with row %(row)s, which tells of the same area"),
    "no_grid_inside": noop("holds the middle of no unit grid"),
    "held_twice": noop("holds unit grid %(code)s, which row %(row)s holds as well"),
    "uncovered": noop("is a unit grid that lies in no such area from that day on"),
    "more_uncovered": noop("so many more unit grids lie in no such area from that day on"),
    "left_empty": noop("loses its last unit grid to what this file brings, and ends"),
    # areas
    "said": "%(why)s",
}
"""Message ids, by reason; the words in them come from ``given``."""


def told(reason: str, given: Mapping[str, object]) -> str:
    """Return a reason in the language of now."""
    if reason == "said":
        return str(said_again(given["why"]))
    return _(REASONS[reason]) % given if given else _(REASONS[reason])


def told_of_all(reason: str, given: Mapping[str, object]) -> str:
    """Return what several rows have in common, of which one is given: what differs from row to row is left open."""
    if reason == "said":
        return f"{told(reason, given)} …"
    return _(REASONS[reason]) % defaultdict(lambda: "…")
