"""What a process keeps of tiles."""

from cityloop.onemap.queries.keeping import OVERHEAD_BYTES, Kept, Piece, mark_of


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    kept = Kept(3 * (1000 + OVERHEAD_BYTES))
    for name in "abc":
        kept.put(name, Piece.of(name.encode() * 1000))
    assert kept.get("a") is not None
    kept.put("d", Piece.of(b"d" * 1000))
    assert [name for name in "abcd" if kept.get(name)] == ["a", "c", "d"]
    kept.put("e", Piece.of(b"e" * 2500))
    assert kept.bytes <= 3 * (1000 + OVERHEAD_BYTES)
    kept.put("a", Piece.of(b"x"))
    kept.put("a", Piece.of(b"y"))
    found = kept.get("a")
    assert found is not None
    assert found.body == b"y"
    kept.clear()
    assert (kept.bytes, kept.get("a")) == (0, None)


def test_what_is_larger_than_all_that_may_be_kept_is_not_kept() -> None:
    kept = Kept(0)
    kept.put("a", Piece.of(b""))
    assert kept.get("a") is None


def test_a_mark_is_of_the_bytes_in_their_order() -> None:
    one, other = Piece.of(b"one"), Piece.of(b"other")
    assert mark_of([one, other]) == mark_of([Piece.of(b"one"), Piece.of(b"other")])
    assert len({mark_of([one, other]), mark_of([other, one]), mark_of([one]), mark_of([])}) == 4
    assert mark_of([one, Piece.of(b"")]) == mark_of([one]), "a layer with nothing to show is no part of the tile"
