"""Keeping phrases: a person's own, and what a new city begins with."""

from django.db import IntegrityError, transaction

from cityloop.cases import models
from cityloop.cases.phrases import PHRASES
from cityloop.kernel.alone import in_turn
from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotAllowed, NotFound
from cityloop.kernel.translation import _
from cityloop.organisation.rules.staffing import Viewer

MOST_OWN = 60
"""Phrases of one person in one city: more are no menu any longer."""

LONGEST = 500


def give_phrases(jurisdiction: str) -> None:
    """Give a new city the phrases that come with CityLoop."""
    models.Phrase.objects.bulk_create(
        [
            models.Phrase(jurisdiction=jurisdiction, text=text, posts=list(posts), actions=list(actions), place=n)
            for n, (text, posts, actions) in enumerate(PHRASES)
        ],
        ignore_conflicts=True,
    )


def keep_phrase(viewer: Viewer, jurisdiction: str, text: str, *, phrase: int | None = None) -> int:
    """Keep a phrase of ``viewer``'s own, a new one or ``phrase`` in other words; return its id.

    Raises:
        InvalidInput: It is empty or too long, or there are too many.
        Conflict: They have it already.
        NotAllowed: They have no post in that city.
        NotFound: ``phrase`` is none of theirs.
    """
    said = " ".join(text.split())
    _check(viewer, jurisdiction, said)
    mine = models.Phrase.objects.filter(jurisdiction=jurisdiction, person=viewer.user_id)
    try:
        with transaction.atomic():
            if phrase is not None:
                if not mine.filter(pk=phrase).update(text=said):
                    raise NotFound(_("This is no phrase of yours."))
                return phrase
            in_turn("cases", f"phrases of {viewer.user_id}")
            if mine.count() >= MOST_OWN:
                raise InvalidInput(_("You have %(most)d phrases: take one away first.") % {"most": MOST_OWN})
            return models.Phrase.objects.create(jurisdiction=jurisdiction, person=viewer.user_id, text=said).pk
    except IntegrityError as exc:
        raise Conflict(_("You have this phrase already.")) from exc


def _check(viewer: Viewer, jurisdiction: str, said: str) -> None:
    if viewer.user_id is None or jurisdiction not in {held.jurisdiction for held in viewer.posts}:
        raise NotAllowed(_("You have no post in this city."))
    if not said or not said.isprintable():
        raise InvalidInput(_("Write the phrase first."), faults=[Fault("text", _("is empty"))])
    if len(said) > LONGEST:
        why = _("has %(count)d characters, at most %(most)d are kept") % {"count": len(said), "most": LONGEST}
        raise InvalidInput(_("This phrase is too long."), faults=[Fault("text", why)])


def take_phrase_away(viewer: Viewer, phrase: int) -> None:
    """Take a phrase of ``viewer``'s own away.

    Raises:
        NotFound: It is none of theirs.
    """
    if viewer.user_id is None or not models.Phrase.objects.filter(pk=phrase, person=viewer.user_id).delete()[0]:
        raise NotFound(_("This is no phrase of yours."))
