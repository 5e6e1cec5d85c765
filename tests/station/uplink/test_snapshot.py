"""A shelf's parts may come in any order and more than once; a wrong whole is refused."""

import hashlib
import random
import zlib

import pytest

from circulation import messages
from circulation.errors import MessageError
from circulation.messages import Shelf, ShelfPart
from station.uplink.snapshot import Snapshot
from tests.station.test_shelf import shelf


def cut(whole: Shelf, size: int = 40) -> list[ShelfPart]:
    packed = zlib.compress(messages.encode(whole))
    version = hashlib.sha256(packed).hexdigest()
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    return [
        ShelfPart(version=version, part=number, parts=len(pieces), data=piece)
        for number, piece in enumerate(pieces)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_in_any_order_and_doubled_the_shelf_comes_whole_once(seed):
    parts = cut(shelf()) * 2
    random.Random(seed).shuffle(parts)
    snapshot = Snapshot()

    whole = [came for part in parts if (came := snapshot.add(part)) is not None]

    assert whole[0] == shelf()


def test_a_newer_version_drops_the_parts_of_the_older():
    snapshot = Snapshot()
    for part in cut(shelf())[:-1]:
        assert snapshot.add(part) is None

    parts = cut(shelf("Mio, min Mio"))
    assert [snapshot.add(part) for part in parts][-1] == shelf("Mio, min Mio")


def test_a_hash_that_is_not_the_version_is_refused():
    snapshot = Snapshot()
    *first, last = cut(shelf())
    for part in first:
        snapshot.add(part)

    with pytest.raises(MessageError, match="hash"):
        snapshot.add(
            ShelfPart(version=last.version, part=last.part, parts=last.parts, data=b"other")
        )


@pytest.mark.parametrize(("part", "parts"), [(-1, 2), (2, 2), (0, 0), (5, 10**9)])
def test_an_impossible_number_is_refused(part, parts):
    with pytest.raises(MessageError):
        Snapshot().add(ShelfPart(version="v", part=part, parts=parts, data=b""))
