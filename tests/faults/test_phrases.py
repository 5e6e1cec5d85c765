"""Stored phrases on a disk that is really full: told, and what is there is still said."""

import hashlib

import pytest

from circulation.messages import PhraseList
from circulation.phrase_list import Entry, encode
from hub.errors import HubError
from hub.phrases.store import PhraseFolder
from station.phrases.fetcher import Fetcher
from station.phrases.store import Kept, PhraseStore
from tests.faults.disks import new_disk
from tests.journeys.region import eventually

pytestmark = pytest.mark.faults
FILES = [bytes([number]) * 60_000 for number in range(40)]


def entry(number):
    file = FILES[number]
    return Entry(number.to_bytes(16, "big"), hashlib.sha256(file).digest(), len(file))


class Shop:
    """A hub's site that holds everything."""

    def __init__(self):
        body = encode(entry(number) for number in range(len(FILES)))
        self.listed = PhraseList(sha256=hashlib.sha256(body).hexdigest(), size=len(body))
        self.files = {hashlib.sha256(file).digest(): file for file in [*FILES, body]}

    def fetch(self, names):
        return {name: self.files[name] for name in names[:5]}


def test_a_station_says_what_it_has_tells_of_its_disk_and_fetches_on_when_there_is_room(tmp_path):
    shop, told = Shop(), []
    with new_disk(tmp_path, "station") as disk:
        store = PhraseStore(disk.folder / "phrases.sqlite")
        store.want(entry(number).words for number in range(len(FILES)))
        store.put([(entry(0), FILES[0])])
        ballast = disk.fill()
        fetcher = Fetcher(
            store, shop, listed=lambda: shop.listed, budget=1 << 30, folder=disk.folder,
            tell=lambda kept, problem: told.append((kept, problem)),
            look_seconds=0.05, free_bytes_min=-1,
        )  # fmt: skip
        fetcher._patience = 0.1
        fetcher.start()
        try:
            eventually(lambda: told, "the disk is told of")
            kept, problem = told[0]
            assert "no phrase can be written" in problem
            assert kept.missing
            assert store.sound(entry(0).words) == FILES[0]

            ballast.unlink()

            whole = Kept(len(FILES), sum(map(len, FILES)), 0)
            eventually(lambda: told[-1] == (whole, ""), "all has come")
        finally:
            fetcher.stop()
            fetcher.join(5)
            store.close()


def test_the_hub_tells_of_its_disk_and_goes_on_when_there_is_room(tmp_path):
    with new_disk(tmp_path, "hub") as disk:
        folder = PhraseFolder(disk.folder / "phrases")
        folder.put(b"1" * 16, "joe", FILES[1], 1)
        folder.commit()
        ballast = disk.fill()

        with pytest.raises(HubError, match=r"could not be written: No space|make room"):
            folder.put(b"2" * 16, "joe", FILES[2], 1)

        assert list(folder.rendered()) == [b"1" * 16]
        ballast.unlink()
        folder.put(b"2" * 16, "joe", FILES[2], 1)
        folder.commit()
        assert len(folder.rendered()) == 2
        folder.close()
