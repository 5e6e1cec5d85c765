"""What is asked for of a shelf, and what of what comes is believed."""

import itertools
import random

import pytest
from msgspec.structs import replace

from circulation.errors import MessageError
from circulation.messages import ShelfPart, ShelfWant
from circulation.shelf_rows import BURST_PARTS, PARTS_MAX
from station.shelf import ShelfStore
from station.uplink.fetching import PATIENCE_MS_MAX, PATIENCE_MS_MIN, Fetching
from tests.station.shelves import card_row, cut, put_on, shelf, title_row, version_of

OLD = shelf()
NEW = shelf("Mio, min Mio")
NEWER = shelf("Emil i Lönneberga")


@pytest.fixture
def store(tmp_path):
    with_shelf = ShelfStore(tmp_path / "shelf.sqlite")
    yield with_shelf
    with_shelf.close()


@pytest.fixture
def fetching(store):
    return Fetching(store)


def changes(old: list, new: list, **more) -> list[ShelfPart]:
    rows = [row for row in new if row not in old]
    return cut(rows, whole=new, base=version_of(old), **more)


def give(fetching: Fetching, parts: list[ShelfPart], now_ms: int = 0) -> list[bool]:
    return [fetching.take(part, now_ms) for part in parts]


def test_an_empty_station_asks_for_the_shelf_that_the_settings_name(fetching):
    assert fetching.due(0) is None
    fetching.wish(version_of(NEW))

    assert fetching.due(0) == ShelfWant(have="")
    assert fetching.due(PATIENCE_MS_MIN - 1) is None


def test_one_that_has_the_shelf_asks_for_nothing(store, fetching):
    fetching.wish(put_on(store, OLD))

    assert fetching.due(0) is None


def test_a_burst_at_a_time_and_only_what_is_missing(store, fetching):
    parts = cut(NEW, size=12)
    fetching.wish(version_of(NEW))
    fetching.due(0)
    give(fetching, parts[: BURST_PARTS - 1])
    assert fetching.due(1) is None

    fetching.take(parts[BURST_PARTS - 1], 1)

    want = fetching.due(1)
    assert want is not None
    assert want.pack == parts[0].pack
    assert want.missing == list(range(BURST_PARTS, 2 * BURST_PARTS))


def test_silence_is_met_with_ever_more_patience(fetching):
    fetching.wish(version_of(NEW))
    asked = [now for now in range(0, 400_000, 500) if fetching.due(now)]

    waits = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert waits[:3] == [PATIENCE_MS_MIN, 2 * PATIENCE_MS_MIN, 4 * PATIENCE_MS_MIN]
    assert max(waits) == PATIENCE_MS_MAX


def test_a_new_line_asks_at_once(fetching):
    fetching.wish(version_of(NEW))
    fetching.due(0)
    fetching.begin()

    assert fetching.due(1) is not None


def test_parts_of_a_shelf_nobody_named_are_not_kept(store, fetching):
    fetching.wish(version_of(NEW))
    give(fetching, cut(NEWER))

    assert store.arrivals.arriving is None


def test_changes_upon_a_shelf_that_is_not_here_are_not_kept(store, fetching):
    put_on(store, NEWER)
    fetching.wish(version_of(NEW))
    give(fetching, changes(OLD, NEW))

    assert store.arrivals.arriving is None


def test_stale_parts_of_the_shelf_in_force_change_nothing(store, fetching):
    fetching.wish(put_on(store, NEW))
    assert not any(give(fetching, cut(NEW) + cut(OLD)))

    assert store.version() == version_of(NEW)
    assert store.arrivals.arriving is None


@pytest.mark.parametrize("seed", range(10))
def test_two_versions_interleaved_in_any_order_end_with_the_one_named(store, fetching, seed):
    put_on(store, OLD)
    fetching.wish(version_of(NEW))
    mixed = changes(OLD, NEW, size=15) * 2 + cut(NEWER, size=40) * 2 + changes(OLD, NEWER, size=15)
    random.Random(seed).shuffle(mixed)
    give(fetching, mixed)

    assert store.version() == version_of(NEW)


def test_a_shelf_that_changes_while_it_is_being_sent_is_finished_first(store, fetching):
    parts = cut(NEW, size=12)
    fetching.wish(version_of(NEW))
    give(fetching, parts[:3])
    fetching.wish(version_of(NEWER))
    fetching.begin()
    want = fetching.due(0)
    assert want is not None
    assert want.pack == parts[0].pack

    give(fetching, parts[3:])
    assert store.version() == version_of(NEW)
    want = fetching.due(0)
    assert want == ShelfWant(have=version_of(NEW))

    assert any(give(fetching, changes(NEW, NEWER)))
    assert store.version() == version_of(NEWER)


def test_a_hub_that_has_forgotten_the_pack_sends_another_and_it_is_taken(store, fetching):
    fetching.wish(version_of(NEW))
    give(fetching, cut(NEW, size=12)[:3])
    fetching.wish(version_of(NEWER))

    assert any(give(fetching, cut(NEWER)))
    assert store.version() == version_of(NEWER)


def test_changes_that_lead_elsewhere_are_followed_by_a_wish_for_the_whole(store, fetching):
    put_on(store, OLD)
    fetching.wish(version_of(NEW))
    fetching.due(0)
    astray = cut([title_row("ft1", "Något annat")], whole=NEW, base=version_of(OLD))
    give(fetching, astray[:-1])
    with pytest.raises(MessageError, match="promised"):
        fetching.take(astray[-1], 0)

    assert store.version() == version_of(OLD)
    assert fetching.due(0) == ShelfWant(have="")
    assert not any(give(fetching, changes(OLD, NEW)))
    assert any(give(fetching, cut(NEW)))
    assert store.version() == version_of(NEW)


def test_a_hub_whose_whole_shelf_is_wrong_is_not_asked_without_pause(store, fetching):
    fetching.wish(version_of(NEW))
    wrong = cut([*NEW, card_row("bb")], whole=NEW)
    for _ in range(2):
        give(fetching, wrong[:-1])
        with pytest.raises(MessageError):
            fetching.take(wrong[-1], 0)

    assert fetching.due(PATIENCE_MS_MIN) is None
    assert fetching.due(PATIENCE_MS_MAX) is not None


def test_half_a_shelf_is_thrown_away_when_the_hub_goes_back_to_what_is_here(store, fetching):
    fetching.wish(version_of(NEW))
    here = put_on(store, OLD)
    give(fetching, cut(NEW)[:1])
    fetching.wish(here)

    assert fetching.due(0) is None
    assert store.arrivals.arriving is None


@pytest.mark.parametrize(("part", "parts"), [(-1, 2), (2, 2), (0, 0), (5, PARTS_MAX + 1)])
def test_an_impossible_number_is_refused(fetching, part, parts):
    fetching.wish(version_of(NEW))
    with pytest.raises(MessageError):
        fetching.take(replace(cut(NEW)[0], part=part, parts=parts), 0)


def test_a_part_that_does_not_fit_its_fellows_is_refused_and_costs_nothing(store, fetching):
    fetching.wish(version_of(NEW))
    first, *rest = cut(NEW)
    fetching.take(first, 0)
    with pytest.raises(MessageError, match="fit"):
        fetching.take(replace(rest[0], parts=first.parts + 1), 0)

    assert any(give(fetching, rest))
