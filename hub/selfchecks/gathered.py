"""Devices' lanes where the catalogue is in the ledger's own database: many requests, one commit.

A loan is a question, the catalogue's change and an end; here all three are in one transaction, with
those of whoever asks at the same moment. A server that dies leaves all of it, or nothing.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, insert

from circulation import envelopes
from circulation.envelopes import Sealed
from circulation.facts import Asked, Fact
from circulation.instants import Instant
from circulation.sealing import Opener
from hub import appending, ledger, postings
from hub.appending import Made
from hub.batches import Batches
from hub.catalogue.answering import told
from hub.fleet import Enrolled
from hub.ledger import Lane
from hub.prepared import Prepared
from hub.selfchecks.lane import EPOCH, DeviceLane, LaneSetting, Tell, settled
from hub.selfchecks.tables import device_request
from hub.tables import posting

_REQUESTS = Prepared(insert(device_request), device_request.c.keys())
_POSTINGS = Prepared(insert(posting), postings.COLUMNS)


class _Part:
    """What one lane adds to one batch: facts that follow one another."""

    def __init__(self, begun: Lane) -> None:
        self.begun = begun
        self.seq = begun.up_to_seq
        self.head = begun.head
        self.made: list[Made] = []

    def add(self, *made: Made) -> None:
        """Add *made*, which go on from *head*."""
        self.made += made
        self.seq += len(made)
        self.head = envelopes.digest(made[-1].raw)


class Gathering:
    """What all lanes add to the batch that is open, entered at its end with a few statements."""

    def __init__(self, batches: Batches, opener: Opener, now: Callable[[], Instant]) -> None:
        """Gather in *batches*; what is read out of a fact, *opener* opens."""
        self.batches = batches
        self._opener = opener
        self._now = now
        self._of: object = None
        self._parts: dict[str, _Part] = {}
        self.requests: dict[str, dict[str, Any]] = {}
        self.postings: list[dict[str, Any]] = []

    def part(self, device: Enrolled) -> _Part:
        """Return what the lane of *device* adds; in a job only."""
        db = self.batches.open_here()
        assert db is not None, "a lane is asked outside a job"
        if self._of is not db.get_transaction():
            self._of = db.get_transaction()
            self._parts, self.requests, self.postings = {}, {}, []
        self.batches.at_end(self, self._finish)
        if device.id not in self._parts:
            self._parts[device.id] = _Part(ledger.lane_of(db, device.id, EPOCH))
        return self._parts[device.id]

    def _finish(self, db: Connection) -> None:
        now_ms = self._now().wall_ms
        additions = [
            appending.added(part.begun, part.made, self._opener, now_ms)
            for part in self._parts.values()
            if part.made
        ]
        if not additions:
            return
        appending.enter(db, additions)
        _REQUESTS.do_all(db, self.requests.values())
        _POSTINGS.do_all(db, self.postings)


class GatheredLane(DeviceLane):
    """Enters a device's facts with all others of a batch; any thread may."""

    def __init__(self, gathering: Gathering, device: Enrolled, how: LaneSetting) -> None:
        """Enter in *gathering*, to whose engine the catalogue that *how* asks writes too."""
        super().__init__(gathering.batches.engine, device, how)
        self._gathering = gathering

    def asked(self, key: str, question: Asked, tell: Tell) -> bytes:
        """Return what to *tell* the request *key*: question, loan and end are all on disk."""
        with told():
            sealed = self._sealed(question)
            return self._gathering.batches.run(lambda: self._ask(key, question, sealed, tell))

    def done(self, key: str, what: Fact, tell: Callable[[], bytes]) -> bytes:
        """Return what to *tell* the request *key*, once *what*, an end in itself, is on disk."""
        with told():
            sealed = self._sealed(what)
            return self._gathering.batches.run(lambda: self._do(key, what, sealed, tell))

    def _sealed(self, what: Fact) -> Sealed:
        # Before it is this thread's turn: it is the dearest part of a fact, and needs no database.
        return envelopes.seal(what, self._seal_to())

    # --- in a job ------------------------------------------------------------------------------

    def _ask(self, key: str, question: Asked, sealed: Sealed, tell: Tell) -> bytes:
        part = self._gathering.part(self._device)
        if (before := self._known(key)) is not None:
            return before
        now = self.now()
        seq = part.seq + 1
        raw = self._addressed(sealed, seq, part.head)
        digest = envelopes.digest(raw)
        id_ = postings.name(self._device.id, EPOCH, seq, digest)
        verdict = self._answers.call(question, id_, now.wall_ms)
        answer = tell(verdict)
        end = settled(seq, verdict, now)
        ended = self._addressed(self._sealed(end), seq + 1, digest)
        row = postings.made(
            id_, item=question.item, change=question.wish.value, verdict=verdict, at_ms=now.wall_ms
        )
        self._gathering.postings.append(row)
        self._gathering.requests[key] = self._request(key, seq) | {"answer": answer}
        part.add(Made(question, raw), Made(end, ended))
        return answer

    def _do(self, key: str, what: Fact, sealed: Sealed, tell: Callable[[], bytes]) -> bytes:
        part = self._gathering.part(self._device)
        if (before := self._known(key)) is not None:
            return before
        seq = part.seq + 1
        raw = self._addressed(sealed, seq, part.head)
        answer = tell()
        self._gathering.requests[key] = self._request(key, seq) | {"answer": answer}
        part.add(Made(what, raw))
        return answer

    def _addressed(self, sealed: Sealed, seq: int, prev: str) -> bytes:
        return envelopes.enclose_sealed(
            sealed, station=self._device.id, epoch=EPOCH, seq=seq, prev=prev
        )

    def _known(self, key: str) -> bytes | None:
        here = self._gathering.requests.get(key)
        return here["answer"] if here is not None else self.told(key)
