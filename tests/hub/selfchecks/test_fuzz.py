"""Anything a terminal could send: an answer or a hang-up, and the ledger is whole."""

import random
import resource
from contextlib import contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from hub.catalogue import tables
from hub.sip2 import codec
from hub.sip2.forms import ANSWERS
from hub.tables import fact
from tests.hub.selfchecks.rig import Counter
from tests.hub.selfchecks.test_strangers import our_words

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LOGIN = b"9300CNsorter|COhemligt|"
SAID = {*ANSWERS.values(), "96"}
NUMBERS = [
    b"  B-1 ", b"0000B-1", b"00000000001", b"B 1", "Bä-1".encode("latin-1"), "Bä-1".encode("cp850"),
    "Bä-1".encode(), b"", b"9" * 64, b"9" * 65, b"B-1\0", b"B-1\x7f", b"' OR 1=1 --", b"~1",
]  # fmt: skip
DATES = [b"i morgon klockan tre", b" " * 18, b"20261332    256199", b"00000000    000000",
         b"99991231    235959", b"20261125   Z110000", b"2026-11-25 11:00  "]  # fmt: skip


class Dice:
    """Makes lines that are nearly what a terminal says."""

    def __init__(self, seed, stamp):
        self.dice = random.Random(seed)
        self.stamp = stamp.encode()
        words = our_words(stamp)
        self.lines = [codec.encode(each, encoding="utf-8").rstrip(b"\r") for each in words]
        self.lines += [
            LOGIN,
            b"97AZFEF5",
            codec.encode(words[2], encoding="utf-8", sequence=1)[:-1],
        ]

    def line(self):
        line = self.dice.choice(self.lines)
        for _ in range(self.dice.choice((1, 1, 1, 2, 3, 6))):
            line = self.dice.choice(CHANGES)(self, line)
        return line.replace(b"\r", b"").replace(b"\n", b"")[:9000]

    def flip(self, line):
        at = self.dice.randrange(len(line) + 1)
        return line[:at] + bytes([self.dice.randrange(256)]) + line[at + self.dice.randrange(2) :]

    def cut(self, line):
        at = self.dice.randrange(len(line) + 1)
        return line[:at] if self.dice.random() < 0.7 else line[at:]

    def splice(self, line):
        other = self.dice.choice(self.lines)
        return line[: self.dice.randrange(len(line) + 1)] + other

    def number(self, line):
        id_ = self.dice.choice((b"AB", b"AA"))
        head, found, rest = line.partition(id_)
        return head + found + self.dice.choice(NUMBERS) + b"|" + rest.partition(b"|")[2]

    def date(self, line):
        return line.replace(self.stamp, self.dice.choice(DATES), self.dice.choice((1, 9)))

    def bars(self, line):
        return line.replace(b"|", self.dice.choice((b"||", b"", b"|AA", b"|\0|")), 2)

    def long(self, line):
        return line + b"AF" + b"x" * self.dice.choice((10, 3000, 5000)) + b"|"

    def sums(self, line):
        return line + self.dice.choice((b"AY1AZ0000", b"AYxAZFFFF", b"AZ", b"AY9AZFDFDAY9AZFDFD"))


CHANGES = [
    Dice.flip, Dice.cut, Dice.splice, Dice.number, Dice.date, Dice.bars, Dice.long, Dice.sums,
]  # fmt: skip


def hear(server, dice, lines):
    """Say that many *lines*, logging in again after each hang-up; return how many were answered."""
    talk, answered = None, 0
    for _ in range(lines):
        if talk is None:
            talk = server.converse("127.0.0.1")
            assert talk.heard(LOGIN) == b"941\r"
        said = talk.heard(dice.line())
        if said is None:
            talk = None
            continue
        answered += 1
        assert said.count(b"\r") == 1
        assert said.endswith(b"\r")
        assert len(said) < 20_000
        assert said[:2].decode() in SAID
        if said == b"940\r":
            talk = None
            server._doorkeeper._wrong.clear()
    return answered


@contextmanager
def closing_server(server):
    """Give a server that is only spoken to here, not on its socket."""
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def counter(tmp_path):
    counter = Counter(tmp_path)
    yield counter
    counter.close()


def is_whole(counter):
    """Return whether every fact that came of it can be opened, each once."""
    with counter.hub.engine.connect() as db:
        unread = db.scalar(select(func.count()).where(fact.c.kind == "unreadable"))
        seqs = list(db.scalars(select(fact.c.seq).order_by(fact.c.seq)))
    return unread == 0 and seqs == list(range(1, len(seqs) + 1))


@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "ascii"])
def test_hundreds_of_lines_that_are_nearly_sip2(counter, encoding):
    with closing_server(counter.server(encoding=encoding)) as server:
        answered = hear(server, Dice(encoding, counter.stamp()), 600)

    assert 100 < answered < 600
    assert is_whole(counter)


@pytest.mark.slow
@pytest.mark.timeout(2 * 3600)
@pytest.mark.parametrize("part", range(10))
def test_a_million_lines_that_are_nearly_sip2(counter, part):
    encoding = ("utf-8", "cp850", "latin-1")[part % 3]
    dice = Dice(part, counter.stamp())
    with counter.hub.engine.begin() as db:
        # To try PINs is slow by intention, and most of what a million lines would wait for.
        db.execute(update(tables.patron).values(pin_hash=QUICK.hash("1234")))
    with closing_server(counter.server(encoding=encoding)) as server:
        hear(server, dice, 10_000)
        before = resident_kib()
        hear(server, dice, 90_000)

    grown = resident_kib() - before
    assert grown < 64 << 10, f"{grown} KiB more"
    assert is_whole(counter)


def resident_kib():
    """Return how much memory this process has now; not at most, as that other tests have had."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 10
