"""Texts as the pairs of neighbouring characters in them: how Chinese, which is written without gaps, is compared and found."""

import unicodedata
from collections.abc import Iterator


def plain(text: str) -> str:
    """Return ``text`` as it is compared: width and case of letters make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()


def runs(text: str) -> Iterator[str]:
    """Yield the unbroken runs of letters, characters and digits in ``text``, as they are compared."""
    run = ""
    for sign in plain(text):
        if sign.isalnum():
            run += sign
        elif run:
            yield run
            run = ""
    if run:
        yield run


def bigrams(text: str) -> frozenset[str]:
    """Return the pairs of neighbours in each run of ``text``; a run of one sign has none."""
    return frozenset(run[at : at + 2] for run in runs(text) for at in range(len(run) - 1))
