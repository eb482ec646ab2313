"""Texts as the pairs of neighbouring characters in them: how Chinese, which is written without gaps, is compared and found."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import groupby, pairwise
from operator import itemgetter

RUN = re.compile(r"[^\W_]+")
BETWEEN = " \n"
APART = "\0"
"""Between texts: no text of a database holds it, and it is the same in every form of Unicode."""


def plain(text: str) -> str:
    """Return ``text`` as it is compared: width and case of letters make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()


def runs(text: str) -> list[str]:
    """Return the unbroken runs of letters, characters and digits in ``text``, as they are compared."""
    return RUN.findall(plain(text))


def bigrams(text: str) -> frozenset[str]:
    """Return the pairs of neighbours in each run of ``text``; a run of one sign has none."""
    return frozenset(run[at : at + 2] for run in runs(text) for at in range(len(run) - 1))


def as_searched(texts: Iterable[str]) -> str:
    """Return texts as they are searched: the runs of each divided by blanks, each text on a line of its own."""
    lines = plain(APART.join(texts)).split(APART)  # all at once: each look through the tables of signs costs
    return "\n".join(found for line in lines if (found := " ".join(RUN.findall(line))))


def grams(searched: str) -> list[int]:
    """Return the pairs of neighbours in a text as it is searched, in order, each as a number of 32 bits, as an index holds them.

    Of a sign beyond the first 65,536 the lower half counts: two pairs may share a number, so what an index gives is looked at again.
    """
    found = {
        ((ord(one) & 0xFFFF) << 16 | ord(other) & 0xFFFF) - 0x8000_0000
        for one, other in pairwise(searched)
        if one not in BETWEEN and other not in BETWEEN
    }
    return sorted(found)


def marked(text: str, wanted: Iterable[str]) -> list[tuple[str, bool]]:
    """Return ``text`` in pieces, each with whether it is one of the words looked for (``runs``)."""
    compared = plain(text)
    if len(compared) != len(text):  # a sign that is compared as two: the places would not fit
        compared = text.casefold() if len(text.casefold()) == len(text) else text
    hit = bytearray(len(text))
    for run in wanted:
        at = compared.find(run)
        while at >= 0:
            hit[at : at + len(run)] = b"\1" * len(run)
            at = compared.find(run, at + 1)
    return [
        ("".join(sign for sign, _hit in piece), bool(is_hit))
        for is_hit, piece in groupby(zip(text, hit, strict=True), itemgetter(1))
    ]
