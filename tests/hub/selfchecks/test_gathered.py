"""Many devices at once, one commit: each loan is a fact, a posting and a loan, or nothing."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from msgspec.structs import replace
from sqlalchemy import func, insert, select

from circulation.envelopes import GENESIS
from hub import ledger
from hub.catalogue import tables
from hub.errors import CatalogueUnavailableError
from hub.selfchecks.tables import device_request
from hub.tables import fact, posting
from tests.hub.selfchecks.rig import Counter, setting
from tests.hub.selfchecks.wire import Wire

DEVICES, ROUNDS = 6, 5


@pytest.fixture
def counter(tmp_path):
    counter = Counter(tmp_path)
    yield counter
    counter.close()


def devices(folder):
    """Return the settings of as many devices, each with a lane of its own."""
    told = setting(folder)
    (one,) = told.device
    many = [replace(one, name=f"sorter-{n}", user=f"sorter-{n}") for n in range(DEVICES)]
    return replace(told, device=many)


def books(counter):
    with counter.hub.engine.begin() as db:
        for n in range(DEVICES * ROUNDS):
            row = {"id": f"N-{n}", "title": "t-novel", "branch": "VIN", "usage": "circulating"}
            db.execute(insert(tables.item).values(row | {"shelf": ""}))


def lines(counter, device):
    stamp = counter.stamp().encode()
    for n in range(ROUNDS):
        number = f"N-{device * ROUNDS + n}".encode()
        yield b"11NN" + stamp * 2 + b"AO|AAK-ANNA|AB" + number + b"|AC|\r"
        if n % 2:
            yield b"09N" + stamp * 2 + b"AP|AO|AB" + number + b"|AC|\r"


def rows(counter, *columns):
    with counter.hub.engine.connect() as db:
        return db.execute(select(*columns)).all()


def test_devices_at_once_are_each_answered_and_each_lane_is_whole(counter):
    books(counter)
    with counter.serving(settings=devices(counter.folder)) as port:

        def speak(device):
            with closing(Wire(port)) as wire:
                wire.say(f"9300CNsorter-{device}|COhemligt|\r".encode())
                return [wire.say(line)[:3] for line in lines(counter, device)]

        with ThreadPoolExecutor(DEVICES) as threads:
            said = [each for row in threads.map(speak, range(DEVICES)) for each in row]

    assert said.count(b"121") == DEVICES * ROUNDS
    assert said.count(b"101") == DEVICES * (ROUNDS // 2)
    facts = DEVICES * (2 * ROUNDS + ROUNDS // 2)
    assert rows(counter, func.count(fact.c.seq)) == [(facts,)]
    assert {kind for (kind,) in rows(counter, fact.c.kind)} == {"asked", "settled", "checkin"}
    assert rows(counter, func.count(posting.c.id)) == [(DEVICES * ROUNDS,)]
    assert rows(counter, func.count(tables.loan.c.item)) == [(DEVICES * ROUNDS,)]
    assert rows(counter, func.count(device_request.c.key)) == [(len(said),)]
    with counter.hub.engine.connect() as db:
        lanes = [ledger.lane_of(db, f"sorter-{n}", 1) for n in range(DEVICES)]
    assert [lane.up_to_seq for lane in lanes] == [facts // DEVICES] * DEVICES
    assert GENESIS not in [lane.head for lane in lanes]


def test_the_same_request_on_two_lines_at_once_is_one(counter):
    line = b"11NN" + counter.stamp().encode() * 2 + b"AO|AAK-ANNA|ABB-1|AC|\r"
    with counter.serving() as port:

        def speak(_number):
            with closing(Wire(port)) as wire:
                wire.say(b"9300CNsorter|COhemligt|\r")
                return wire.say(line)

        with ThreadPoolExecutor(5) as threads:
            said = set(threads.map(speak, range(5)))

    assert len(said) == 1
    assert counter.kinds() == ["asked", "settled"]


def test_where_the_catalogue_fails_nothing_is_left_and_the_terminal_is_told(counter, monkeypatch):
    line = b"11NN" + counter.stamp().encode() * 2 + b"AO|AAK-ANNA|ABB-1|AC|\r"

    def fails(*_words, **_more):
        raise CatalogueUnavailableError("the disk is full")

    with counter.serving() as port, closing(Wire(port)) as wire:
        wire.say(b"9300CNsorter|COhemligt|\r")
        monkeypatch.setattr(counter.catalogue, "checkout", fails)
        assert wire.say(line).startswith(b"120")
        assert (counter.kinds(), rows(counter, device_request.c.key)) == ([], [])
        monkeypatch.undo()

        assert wire.say(line).startswith(b"121"), "the same request is a new one then"


def test_where_the_commit_fails_nobody_is_told_that_it_is_lent(counter, monkeypatch):
    line = b"11NN" + counter.stamp().encode() * 2 + b"AO|AAK-ANNA|ABB-1|AC|\r"

    def fails(*_words):
        raise RuntimeError("the power is cut")

    with counter.serving() as port, closing(Wire(port)) as wire:
        wire.say(b"9300CNsorter|COhemligt|\r")
        monkeypatch.setattr("hub.selfchecks.gathered.appending.enter", fails)
        assert wire.say(line) == b"", "it hangs up"
        monkeypatch.undo()
        assert (counter.kinds(), rows(counter, tables.loan.c.item)) == ([], [])

        with closing(Wire(port)) as again:
            again.say(b"9300CNsorter|COhemligt|\r")
            assert again.say(line).startswith(b"121")
    assert counter.kinds() == ["asked", "settled"]
