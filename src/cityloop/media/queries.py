"""What is known of files, and the links by which they are fetched."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.crypto import constant_time_compare, salted_hmac

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _, said_again
from cityloop.media import models, store
from cityloop.media.choices import State, Variant
from cityloop.media.rules.formats import FORMATS
from cityloop.media.rules.looks import ALIKE_BITS, bands_of
from cityloop.media.rules.ranges import Part

ALIKE = """
-- Which earlier picture of a city looks most like one with these bits? The bands find candidates by index; of 64 bits at
-- most as many may differ as still leave one of the bands equal. What a demo keeps in a pool of its own is left out.
SELECT id, bit_count((looks # %(looks)s)::bit(64)) AS distance FROM media_file
WHERE pool = '' AND bands IS NOT NULL AND bands && %(bands)s::int[] AND jurisdiction = %(jurisdiction)s
    AND sha256 <> %(sha256)s AND bit_count((looks # %(looks)s)::bit(64)) <= %(most)s
ORDER BY distance, kept_at, id LIMIT 1
"""

SALT = "cityloop.media.link"
NOBODY = 0
"""Who has sent a file that came without an account."""

AT_ONCE = 500
"""Files that are looked up in one statement."""


@dataclass(frozen=True, slots=True)
class Alike:
    """An earlier photo that looks alike: ``distance`` of 64 bits differ."""

    id: UUID
    distance: int


@dataclass(frozen=True, slots=True)
class Stored:
    """One variant as it lies in the store; pixels are 0 for sound."""

    type: str
    bytes: int
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class MediaFile:
    """What is known of a file.

    Args:
        type: Media type of the original.
        lon: Degrees, WGS 84, as the camera wrote it; None like ``lat`` where it wrote none, or nonsense.
        taken: With an offset where the camera gave one; without it is the time on the wall where the picture was taken.
        variants: What can be fetched now, by ``Variant``; the original always, of an erased file nothing.
        alike: An earlier photo of the city that looks like this one, as found when this one was kept.
        why: Why it is broken, or was erased.
    """

    id: UUID
    jurisdiction: str
    sha256: str
    kind: str
    format: str
    type: str
    bytes: int
    width: int
    height: int
    seconds: float
    lon: float | None
    lat: float | None
    taken: datetime | None
    state: str
    why: str
    variants: Mapping[str, Stored]
    pool: str
    alike: Alike | None
    kept_at: datetime
    erased_at: datetime | None

    @property
    def place(self) -> "Place":
        """What a case names it by."""
        return self.jurisdiction, self.sha256


Place = tuple[str, str]
"""Which file: the code of the city that keeps it, and its digest there."""


@dataclass(frozen=True, slots=True)
class Original:
    """What lies in the store of a file as it was sent.

    Args:
        bytes: How many were read.
        is_there: Whether something is stored under its name.
        is_same: Whether its content is the one that was sent, by the digest that is its name.
    """

    id: UUID
    place: "Place"
    kind: str
    bytes: int
    is_there: bool
    is_same: bool


@dataclass(frozen=True, slots=True)
class Usable:
    """A file that somebody may attach to something."""

    jurisdiction: str
    sha256: str
    kind: str
    state: str


def media_file(id: UUID) -> MediaFile | None:  # noqa: A002
    """Return what is known of the file, for whoever has decided who may know it. One query."""
    row = models.File.objects.filter(pk=id).first()
    return file_of(row) if row else None


def own_file(id: UUID, owner_id: int) -> MediaFile:  # noqa: A002
    """Return what is known of a file that ``owner_id`` has sent, as kept when they did. One query.

    Raises:
        NotFound: There is none, or somebody else has sent it.
    """
    own = models.Keeping.objects.filter(file_id=id, owner_id=owner_id).select_related("file").first()
    if own is None:
        raise NotFound(_("There is no such file, or you have not sent it."))
    return file_of(own.file, kept_at=own.at)


def by_digest(jurisdiction: str, sha256s: Iterable[str]) -> dict[str, MediaFile]:
    """Return the files of a city with these digests (64 small hex digits) that there are. One query."""
    rows = models.File.objects.filter(jurisdiction=jurisdiction, sha256__in=set(sha256s)).order_by("pk")
    return {row.sha256: file_of(row) for row in rows}


def usable(
    sha256s: Collection[str], owner_id: int, jurisdictions: Collection[str], there: "QuerySet[Any] | None" = None
) -> list[Usable]:
    """Return the files with these digests that somebody may attach: their own, and what is there already. One query.

    Knowing a digest is not enough: else whoever read one somewhere could make the file their own by attaching it.

    Args:
        owner_id: Who attaches, 0 for nobody; of what they have sent counts what lies in ``jurisdictions``.
        there: Rows of what hangs there already, with columns ``lies_in`` (a city's code) and ``sha256``.
    """
    own = models.Keeping.objects.filter(file=OuterRef("pk"), owner_id=owner_id)
    wanted = Q(Exists(own), jurisdiction__in=jurisdictions)
    if there is not None:
        wanted |= Q(Exists(there.filter(lies_in=OuterRef("jurisdiction"), sha256=OuterRef("sha256"))))
    rows = models.File.objects.filter(wanted, sha256__in=sha256s).order_by("jurisdiction")
    return [Usable(*row) for row in rows.values_list("jurisdiction", "sha256", "kind", "state")]


def files_at(places: Collection[Place], owner_id: int = NOBODY) -> dict[Place, tuple[MediaFile, bool]]:
    """Return the files that there are, and whether ``owner_id`` has sent each: one query, none where nothing is asked.

    Nobody (``NOBODY``) has sent none, also of those that came without an account: nobody could tell whose they are.
    """
    if not places:
        return {}
    cities, digests = {city for city, _digest in places}, {digest for _city, digest in places}
    sent = Exists(models.Keeping.objects.filter(file=OuterRef("pk"), owner_id=owner_id).exclude(owner_id=NOBODY))
    rows = models.File.objects.filter(jurisdiction__in=cities, sha256__in=digests).annotate(is_own=sent).order_by("pk")
    found = {(row.jurisdiction, row.sha256): (file_of(row), row.is_own) for row in rows}
    return {place: known for place, known in found.items() if place in places}


def copy_of(file: MediaFile, variant: str) -> bytes | None:
    """Return a copy of a file, as a whole; None where there is none, or it was erased. For small ones.

    Raises:
        Unavailable: The store does not answer.
    """
    stored = file.variants.get(variant)
    if stored is None or file.erased_at is not None or not stored.bytes:
        return None
    key = store.key_of(file.jurisdiction, file.sha256, variant)
    return b"".join(store.blocks(key, Part(0, stored.bytes - 1)))


def read_part(file: MediaFile, variant: str, first: int, last: int) -> Iterator[bytes]:
    """Return bytes ``first`` to ``last`` of a copy, block by block.

    Raises:
        NotFound: There is no such copy (any more), or it ends before that.
        Unavailable: The store does not answer.
    """
    stored = file.variants.get(variant)
    if stored is None or file.erased_at is not None or last >= stored.bytes:
        raise NotFound(_("There is no such file."))
    return store.blocks(store.key_of(file.jurisdiction, file.sha256, variant), Part(first, last))


def sent_by_nobody(*, before: datetime, after: UUID | None = None, most: int = AT_ONCE) -> list[MediaFile]:
    """Return files that came without an account, last before an instant, and that nobody else has sent: one query, by id.

    Whether they hang on anything ``naming.named`` tells.
    """
    others = models.Keeping.objects.filter(file=OuterRef("pk")).exclude(owner_id=NOBODY)
    lonely = models.Keeping.objects.filter(file=OuterRef("pk"), owner_id=NOBODY, at__lt=before)
    rows = models.File.objects.filter(Exists(lonely), ~Exists(others), erased_at=None)
    rows = rows.filter(pk__gt=after) if after else rows
    return [file_of(row) for row in rows.order_by("pk")[:most]]


def places_of(ids: Collection[UUID]) -> dict[UUID, Place]:
    """Return where these files lie: one query, none where nothing is asked."""
    if not ids:
        return {}
    rows = models.File.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "jurisdiction", "sha256")
    return {file_id: (jurisdiction, sha256) for file_id, jurisdiction, sha256 in rows}


def originals(
    *, after: UUID | None = None, jurisdiction: str = "", places: "Collection[Place] | None" = None
) -> Iterator[Original]:
    """Read the stored originals one after another, by id, and say whether each is still the one that was sent.

    Erased files have none. Read as quickly as they are asked for: whoever must leave the disk to others, asks slowly.

    Args:
        after: Only files behind this one.
        jurisdiction: Only this city's.
        places: Only these.
    Raises:
        Unavailable: The store does not answer.
    """
    rows = models.File.objects.exclude(state=State.ERASED).order_by("pk")
    if jurisdiction:
        rows = rows.filter(jurisdiction=jurisdiction)
    if places is not None:
        rows = rows.filter(
            jurisdiction__in={city for city, _digest in places}, sha256__in={one for _city, one in places}
        )
    while some := list(rows.filter(pk__gt=after)[:AT_ONCE] if after else rows[:AT_ONCE]):
        after = some[-1].pk
        for row in some:
            if (one := _original(row)) is not None and (places is None or one.place in places):
                yield one


def _original(row: models.File) -> Original | None:
    found = store.digest(store.key_of(row.jurisdiction, row.sha256, Variant.ORIGINAL))
    digest, count = found or ("", 0)
    is_same = digest == row.sha256
    if not is_same and not models.File.objects.filter(pk=row.pk).exclude(state=State.ERASED).exists():
        return None  # erased since
    return Original(row.pk, (row.jurisdiction, row.sha256), row.kind, count, found is not None, is_same)


def find_alike(jurisdiction: str, sha256: str, looks: int) -> Alike | None:
    """Return the earlier photo of a city that looks most like one with the bits ``looks``. One query."""
    facts: dict[str, Any] = {
        "looks": signed(looks),
        "bands": bands_of(looks),
        "jurisdiction": jurisdiction,
        "sha256": sha256,
        "most": ALIKE_BITS,
    }
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, facts)
        row = cursor.fetchone()
    return Alike(*row) if row else None


def bytes_sent(owner_id: int, *, since: datetime) -> int:
    """Return how many bytes of files ``owner_id`` has sent since then. One query."""
    sent = models.Keeping.objects.filter(owner_id=owner_id, at__gte=since).aggregate(sum=Sum("file__bytes"))
    return int(sent["sum"] or 0)


def signed(bits: int) -> int:
    """Return 64 bits as the number that PostgreSQL's bigint holds."""
    return bits - (1 << 64) if bits >> 63 else bits


def file_of(row: models.File, *, kept_at: datetime | None = None) -> MediaFile:
    """Return what is known of a file; ``kept_at`` in the place of when anybody sent it first."""
    is_there = row.state != State.ERASED
    original = {Variant.ORIGINAL.value: Stored(FORMATS[row.format].type, row.bytes, row.width, row.height)}
    made = {name: Stored(**facts) for name, facts in row.variants.items()}
    alike = Alike(row.alike_id, row.alike_distance or 0) if row.alike_id else None
    taken = datetime.fromisoformat(row.taken) if row.taken else None
    same: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            "id", "jurisdiction", "sha256", "kind", "format", "bytes", "width", "height", "seconds", "lon", "lat",
            "state", "why", "pool", "erased_at",
        )
    }  # fmt: skip
    same["kept_at"] = kept_at or row.kept_at
    if row.why_said:
        same["why"] = str(said_again(row.why_said))  # the worker that found it out spoke its own language
    variants = original | made if is_there else {}
    return MediaFile(**same, type=FORMATS[row.format].type, taken=taken, variants=variants, alike=alike)


# --- links


def link(id: UUID, variant: str, *, expires_in: timedelta = timedelta(hours=1), now: datetime | None = None) -> str:  # noqa: A002
    """Return the path under which one variant can be fetched, by whoever holds it, for at least ``expires_in``.

    It holds up to a quarter longer: links made within that quarter are the same, so that browsers find what they have.
    Asks no database: what is not there is answered 404 when it is fetched. Whoever hands the link out has decided who may see
    the file.

    Args:
        now: The machine's time.
    """
    name = Variant(variant).value
    until = _until(expires_in, now)
    return f"/media/{id}/{name}?until={until}&signature={signature(id, name, until)}"


def _until(expires_in: timedelta, now: datetime | None) -> int:
    step = max(1, int(expires_in.total_seconds()) // 4)
    last = int((now or machine_now()).timestamp() + expires_in.total_seconds())
    return -(-last // step) * step


def links(
    file: MediaFile,
    *,
    originals: bool = True,
    expires_in: timedelta = timedelta(hours=1),
    now: datetime | None = None,
) -> dict[str, str]:
    """Return the links of all variants that there are now; without ``originals`` only of those free of metadata."""
    shown = [name for name in file.variants if originals or name != Variant.ORIGINAL]
    return {name: link(file.id, name, expires_in=expires_in, now=now) for name in shown}


def links_step(*, expires_in: timedelta = timedelta(hours=1), now: datetime | None = None) -> int:
    """Return a number that changes when links made now would read differently: a page that holds older ones must ask again."""
    return _until(expires_in, now)


def signature(id: UUID, variant: str, until: int) -> str:  # noqa: A002
    """Return what only a holder of the installation's secret can write under a link."""
    return salted_hmac(SALT, f"{id}/{variant}/{until}", algorithm="sha256").hexdigest()


def is_signed(id: UUID, variant: str, until: int, given: str) -> bool:  # noqa: A002
    return constant_time_compare(signature(id, variant, until), given)
