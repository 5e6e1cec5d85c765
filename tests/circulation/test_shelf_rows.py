"""A shelf's version depends on its content only, and a pack is taken apart with suspicion."""

import random
import tracemalloc
import zlib

import msgspec
import pytest

from circulation import shelf_rows
from circulation.errors import MessageError
from circulation.shelf_rows import GONE, Kind, Row
from tests.station.shelves import item_row, shelf, title_row, version_of


def halves(packed: bytes) -> list[bytes]:
    middle = len(packed) // 2
    return [packed[:middle], packed[middle:]]


def unpacked(packed: bytes, name: str | None = None) -> list[Row]:
    return list(shelf_rows.unpack(halves(packed), name or shelf_rows.name(packed)))


def test_what_was_packed_comes_out_as_it_was():
    rows = [*shelf(), Row(Kind.CARD, "bb", GONE)]

    assert unpacked(shelf_rows.pack(rows)) == rows


def test_the_same_rows_make_the_same_pack():
    assert shelf_rows.pack(shelf()) == shelf_rows.pack(iter(shelf()))


def test_the_version_does_not_depend_on_the_order_of_rows():
    rows = [*shelf(), title_row("å"), title_row("z"), title_row("𐐷")]

    assert version_of(rows) == version_of(random.Random(1).sample(rows, len(rows)))


@pytest.mark.parametrize(
    "other",
    [
        shelf("Mio, min Mio"),
        shelf()[1:],
        [*shelf(), item_row("30000002")],
        [Row(row.kind, row.key + "x", row.body) for row in shelf()],
    ],
)
def test_any_other_content_is_another_version(other):
    assert version_of(other) != version_of(shelf())


def test_a_key_and_a_body_cannot_trade_letters():
    assert shelf_rows.digest([("ab", b"c")]) != shelf_rows.digest([("a", b"bc")])
    assert shelf_rows.digest([("1:1", b"")]) != shelf_rows.digest([("1", b":1")])


@pytest.mark.parametrize(
    "lines",
    [
        b"no json\n",
        b'["kind","k",{}]\n',
        b'["item","k",{"id":7}]\n',
        b'["title","k"]\n',
        b'["title","k",null,1]\n',
        b'["title","k",null]',
        b"\xff\n",
        b'["title","k",' + b"[" * 9_000 + b"]" * 9_000 + b"]\n",
    ],
)
def test_lines_that_are_no_rows_are_refused(lines):
    with pytest.raises(MessageError):
        unpacked(zlib.compress(lines))


def test_what_does_not_unpack_breaks_off_or_has_another_name_is_refused():
    packed = shelf_rows.pack(shelf())
    for torn in (b"stray" * 9, packed[:-3], b""):
        with pytest.raises(MessageError):
            unpacked(torn)
    with pytest.raises(MessageError, match="torn"):
        unpacked(packed, "other")


def test_a_bomb_is_refused_before_it_fills_the_memory():
    bomb = zlib.compress(b" " * (64 << 20))
    tracemalloc.start()
    with pytest.raises(MessageError, match="more than"):
        unpacked(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 4 << 20


def test_memory_does_not_grow_with_the_shelf():
    def rows(count: int):
        return (title_row(f"t{number}", f"Titel {random.random()}") for number in range(count))

    packed = shelf_rows.pack(rows(20_000))
    pieces = (packed[at : at + 32_768] for at in range(0, len(packed), 32_768))
    tracemalloc.start()
    count = sum(1 for _ in shelf_rows.unpack(pieces, shelf_rows.name(packed)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 20_000
    assert peak < 2 << 20


def test_a_body_is_kept_byte_for_byte():
    body = msgspec.Raw(b'{"token" : "aa"}')

    assert bytes(unpacked(shelf_rows.pack([Row(Kind.CARD, "aa", body)]))[0].body) == bytes(body)
