"""A station has ready what its list names, as far as there is room, whatever happens meanwhile."""

import hashlib
import threading
from collections import Counter

import pytest

from circulation.errors import MessageError
from circulation.messages import PhraseList
from circulation.phrase_list import Entry, encode
from station.phrases.fetcher import ASKED_MAX, Fetcher
from station.phrases.site import SiteError
from station.phrases.store import Kept, PhraseStore
from tests.journeys.region import eventually


def sound(number):
    return f"sound {number} ".encode() * 10


def entry(number):
    file = sound(number)
    return Entry(number.to_bytes(16, "big"), hashlib.sha256(file).digest(), len(file))


class Shop:
    """A hub's site that holds files; gives at most *at_once*, and breaks when told to."""

    def __init__(self, numbers, at_once=1000):
        self.files = {entry(number).sha256: sound(number) for number in numbers}
        self.at_once, self.breaks_after = at_once, None
        self.asked = Counter()
        body = encode(entry(number) for number in numbers)
        self.listed = PhraseList(sha256=hashlib.sha256(body).hexdigest(), size=len(body))
        self.files[bytes.fromhex(self.listed.sha256)] = body

    def fetch(self, names):
        assert len(names) <= ASKED_MAX
        if self.breaks_after is not None:
            if not self.breaks_after:
                raise SiteError("the line is down")
            self.breaks_after -= 1
        given = [name for name in names if name in self.files][: self.at_once]
        self.asked.update(given)
        return {name: self.files[name] for name in given}


@pytest.fixture
def store(tmp_path):
    store = PhraseStore(tmp_path / "phrases.sqlite")
    yield store
    store.close()


def fetcher(store, shop, tmp_path, **changes):
    chosen = {"listed": lambda: shop.listed, "budget": 1_000_000, "look_seconds": 0.01}
    chosen["tell"] = lambda kept, problem: None
    return Fetcher(store, shop, folder=tmp_path, **(chosen | changes))


def numbers_here(store):
    return sorted(int.from_bytes(words, "big") for words in store.here())


def test_all_that_is_listed_comes_and_nothing_is_asked_for_twice(store, tmp_path):
    shop = Shop(range(600), at_once=100)

    assert fetcher(store, shop, tmp_path).fetch(shop.listed)

    assert numbers_here(store) == list(range(600))
    assert set(shop.asked.values()) == {1}
    assert store.sound(entry(7).words) == sound(7)
    assert fetcher(store, shop, tmp_path).fetch(shop.listed)
    assert set(shop.asked.values()) == {1}


def test_where_the_line_broke_it_is_gone_on_with(store, tmp_path):
    shop = Shop(range(600))
    shop.breaks_after = 2
    with pytest.raises(SiteError):
        fetcher(store, shop, tmp_path).fetch(shop.listed)
    here = len(store.here())
    assert 0 < here < 600

    shop.breaks_after = None
    assert fetcher(store, shop, tmp_path).fetch(shop.listed)

    assert numbers_here(store) == list(range(600))
    assert set(shop.asked.values()) == {1}


def test_what_the_site_has_not_got_is_left_out_and_asked_for_again_later(store, tmp_path):
    shop = Shop(range(10))
    lost = shop.files.pop(entry(3).sha256)

    assert not fetcher(store, shop, tmp_path).fetch(shop.listed)
    assert numbers_here(store) == [0, 1, 2, 4, 5, 6, 7, 8, 9]

    shop.files[entry(3).sha256] = lost
    assert fetcher(store, shop, tmp_path).fetch(shop.listed)


def test_a_budget_keeps_the_first_of_the_list_and_what_is_touched_here(store, tmp_path):
    shop = Shop(range(10))
    fetching = fetcher(store, shop, tmp_path, budget=3 * len(sound(1)))
    assert fetching.fetch(shop.listed)
    assert numbers_here(store) == [0, 1, 2]

    for _ in range(2):
        store.sound(entry(8).words)
    assert fetching.fetch(shop.listed)

    assert numbers_here(store) == [0, 1, 8]


def test_a_list_that_is_none_is_not_kept(store, tmp_path):
    shop = Shop(range(3))
    bad = b"no list"
    shop.listed = PhraseList(sha256=hashlib.sha256(bad).hexdigest(), size=len(bad))
    shop.files[hashlib.sha256(bad).digest()] = bad

    with pytest.raises(MessageError, match="breaks off"):
        fetcher(store, shop, tmp_path).fetch(shop.listed)
    assert store.list(shop.listed.sha256) is None


def test_a_disk_that_is_nearly_full_takes_no_phrases(store, tmp_path):
    shop = Shop(range(10))

    assert not fetcher(store, shop, tmp_path, free_bytes_min=1 << 60).fetch(shop.listed)
    assert store.here() == {}


def test_how_much_is_here_and_a_disk_without_room_are_told(store, tmp_path):
    shop, told = Shop(range(10)), []
    free = {"free_bytes_min": 1 << 60, "tell": lambda kept, problem: told.append((kept, problem))}
    fetching = fetcher(store, shop, tmp_path, **free)
    fetching._patience = 0.05
    fetching.start()
    try:
        eventually(lambda: told, "the disk is told of")
        assert told[0][0] == Kept(0, 0, 10)
        assert "MiB are free" in told[0][1]

        fetching._free_bytes_min = 0

        whole = Kept(10, sum(len(sound(number)) for number in range(10)), 0)
        eventually(lambda: told[-1] == (whole, ""), "all is here")
    finally:
        fetching.stop()


def test_a_line_that_is_down_is_no_fault_of_the_disk(store, tmp_path):
    shop, told = Shop(range(10)), []
    shop.breaks_after = 0
    fetching = fetcher(store, shop, tmp_path, tell=lambda *news: told.append(news))

    fetching._try(shop.listed)

    assert told == [(Kept(), "")]


def test_a_full_disk_is_not_mended_by_a_line_that_is_down(store, tmp_path):
    shop, told = Shop(range(10)), []
    tell = {"free_bytes_min": 1 << 60, "tell": lambda *news: told.append(news)}
    fetching = fetcher(store, shop, tmp_path, **tell)
    fetching._try(shop.listed)

    another = Shop(range(11))
    shop.breaks_after = 0
    fetching._try(another.listed)

    assert ["MiB are free" in problem for _, problem in told] == [True, True]


def test_the_line_belongs_to_facts_first(store, tmp_path):
    shop = Shop(range(600))
    owed = threading.Event()
    owed.set()
    fetching = fetcher(store, shop, tmp_path, listed=lambda: None if owed.is_set() else shop.listed)
    fetching.start()
    fetching.join(0.2)
    assert not shop.asked

    owed.clear()
    eventually(lambda: len(store.here()) == 600, "all phrases have come")
    fetching.stop()
    assert not fetching.is_alive()


def test_a_fact_that_comes_up_in_the_middle_is_let_before(store, tmp_path):
    shop = Shop(range(600))
    left = iter([shop.listed] * 2)

    assert not fetcher(store, shop, tmp_path, listed=lambda: next(left, None)).fetch(shop.listed)
    assert len(store.here()) == 2 * ASKED_MAX


def test_a_damaged_phrase_is_fetched_again_without_waiting_for_tomorrow(store, tmp_path):
    shop = Shop(range(3))
    fetching = fetcher(store, shop, tmp_path)
    fetching.start()
    eventually(lambda: len(store.here()) == 3, "all phrases have come")

    store.damaged(entry(1).words)
    eventually(lambda: shop.asked[entry(1).sha256] == 2, "it was asked for again")
    fetching.stop()


class Looks:
    """Lets a fetcher look so many times, and then has it rest."""

    def __init__(self, listed):
        self._listed, self._left, self._done = listed, 0, threading.Event()
        self._counting = threading.Lock()

    def __call__(self):
        with self._counting:
            if not self._left:
                self._done.set()
                return None
            self._left -= 1
            return self._listed

    def let(self, looks):
        with self._counting:
            self._done.clear()
            self._left = looks
        assert self._done.wait(20), "it does not look"


def test_a_damaged_phrase_is_not_asked_for_at_every_look_while_its_list_cannot_be_had(
    store, tmp_path
):
    shop, told = Shop(range(3)), []
    fetcher(store, shop, tmp_path).fetch(shop.listed)
    other = Shop(range(2, 5))
    other.breaks_after, looks = 0, Looks(other.listed)
    fetching = fetcher(
        store,
        other,
        tmp_path,
        listed=looks,
        tell=lambda kept, problem: told.append(kept),
        look_seconds=0.001,
    )
    fetching.start()
    looks.let(5)
    assert len(told) == 1

    store.damaged(entry(1).words)
    looks.let(100)
    fetching.stop()

    # Told once as lacking, and once after it was asked for in vain.
    assert len(told) == 3
    assert (told[-1].here, told[-1].missing) == (2, 1)


def test_a_card_that_loses_what_it_is_given_is_given_it_ever_more_seldom(store, tmp_path):
    shop = Shop(range(3))
    looks = Looks(shop.listed)
    fetching = fetcher(store, shop, tmp_path, listed=looks, look_seconds=0.001)
    fetching.start()
    looks.let(10)
    assert shop.asked[entry(1).sha256] == 1

    for _ in range(20):
        store.damaged(entry(1).words)
        looks.let(10)
    fetching.stop()

    assert shop.asked[entry(1).sha256] == 2


def test_a_list_that_the_card_has_changed_is_fetched_again(store, tmp_path):
    shop = Shop(range(3))
    store.put_list(shop.listed.sha256, b"torn")

    assert fetcher(store, shop, tmp_path).fetch(shop.listed)

    assert numbers_here(store) == [0, 1, 2]


def test_another_list_is_fetched_when_the_settings_name_it(store, tmp_path):
    shop = Shop(range(3))
    fetching = fetcher(store, shop, tmp_path)
    fetching.start()
    eventually(lambda: len(store.here()) == 3, "the first list is here")

    more = Shop(range(2, 6))
    shop.files |= more.files
    shop.listed = more.listed
    eventually(lambda: numbers_here(store) == [2, 3, 4, 5], "the second is, and the first is gone")
    fetching.stop()
