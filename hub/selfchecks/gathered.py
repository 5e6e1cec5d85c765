"""A device's lane where the catalogue is in the ledger's own database: many requests, one commit.

A loan is a question, the catalogue's change and an end; here all three are in one transaction, with
those of whoever asks at the same moment. A server that dies leaves all of it, or nothing.
"""

from typing import Any

from sqlalchemy import Connection, insert

from circulation import envelopes
from circulation.facts import Asked, Fact
from hub import exceptions, ledger, postings
from hub.batches import Batches
from hub.catalogue.answering import told
from hub.fleet import Enrolled
from hub.selfchecks.lane import EPOCH, DeviceLane, LaneSetting, Tell, settled
from hub.selfchecks.tables import device_request
from hub.tables import posting


class GatheredLane(DeviceLane):
    """Enters a device's facts in the batches' transactions; any thread may."""

    def __init__(self, batches: Batches, device: Enrolled, how: LaneSetting) -> None:
        """Enter in *batches*, to whose engine the catalogue that *how* asks writes too."""
        super().__init__(batches.engine, device, how)
        self._batches = batches
        self._part = _Part()

    def asked(self, key: str, question: Asked, tell: Tell) -> bytes:
        """Return what to *tell* the request *key*: question, loan and end are all on disk."""
        with told():
            return self._batches.run(lambda: self._ask(key, question, tell))

    def done(self, key: str, what: Fact, answer: bytes) -> bytes:
        """Return what to tell the request *key*, once *what*, an end in itself, is on disk."""
        with told():
            return self._batches.run(lambda: self._do(key, what, answer))

    # --- in a job ------------------------------------------------------------------------------

    def _ask(self, key: str, question: Asked, tell: Tell) -> bytes:
        part = self._begun()
        if (before := self._known(key)) is not None:
            return before
        now = self.now()
        seq, raw = part.seq + 1, self._enclosed(question, part.seq + 1, part.head)
        digest = envelopes.digest(raw)
        id_ = postings.name(self._device.id, EPOCH, seq, digest)
        verdict = self._answers.call(question, id_, now.wall_ms)
        answer = tell(verdict)
        end = self._enclosed(settled(seq, verdict, now), seq + 1, digest)
        change = question.wish.value
        part.postings.append(
            postings.made(
                id_, item=question.item, change=change, verdict=verdict, at_ms=now.wall_ms
            )
        )
        part.add(self._request(key, seq) | {"answer": answer}, raw, end)
        return answer

    def _do(self, key: str, what: Fact, answer: bytes) -> bytes:
        part = self._begun()
        if (before := self._known(key)) is not None:
            return before
        seq = part.seq + 1
        part.add(self._request(key, seq) | {"answer": answer}, self._enclosed(what, seq, part.head))
        return answer

    def _begun(self) -> "_Part":
        """Return what this lane has in the batch that is open."""
        db = self._batches.open_here()
        assert db is not None, "a lane is asked outside a job"
        if self._part.of is not db.get_transaction():
            at = ledger.lane_of(db, self._device.id, EPOCH)
            self._part = _Part(db.get_transaction(), at.up_to_seq, at.head)
        self._batches.at_end(self, self._finish)
        return self._part

    def _known(self, key: str) -> bytes | None:
        here = self._part.requests.get(key)
        return here["answer"] if here is not None else self.told(key)

    def _finish(self, db: Connection) -> None:
        part, now_ms = self._part, self.now().wall_ms
        if not part.raws:
            return
        ledger.enter_all(db, part.raws, self._opener, now_ms)
        # A device has one epoch, so there are no gaps between epochs to look for.
        for problem in ledger.advance(db, self._device.id, EPOCH).problems:
            exceptions.open_problem(db, problem, now_ms)
        db.execute(insert(device_request), list(part.requests.values()))
        if part.postings:
            db.execute(insert(posting), part.postings)


class _Part:
    """What one lane adds to one batch: facts that follow one another, and what was told."""

    def __init__(self, of: object = None, seq: int = 0, head: str = "") -> None:
        self.of = of
        self.seq = seq
        self.head = head
        self.raws: list[bytes] = []
        self.requests: dict[str, dict[str, Any]] = {}
        self.postings: list[dict[str, Any]] = []

    def add(self, request: dict[str, Any], *raws: bytes) -> None:
        """Add *raws*, which go on from *head*, with what was told of them."""
        self.raws += raws
        self.seq += len(raws)
        self.head = envelopes.digest(raws[-1])
        self.requests[request["key"]] = request
