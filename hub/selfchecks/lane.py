"""One device's lane in the ledger: what it says becomes facts, each once."""

import hashlib
import threading
from collections.abc import Callable
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, update

from circulation import envelopes
from circulation.facts import Asked, Fact, Outcome, Settled
from circulation.instants import Instant
from circulation.sealing import Opener, SealingKey
from circulation.verdicts import Accepted, Verdict
from hub import exceptions, ledger
from hub.answers import Answers
from hub.fleet import Enrolled
from hub.prepared import Prepared
from hub.selfchecks.tables import device_request

EPOCH = 1
_TOLD = Prepared(select(device_request.c.answer).where(device_request.c.key == bindparam("key")))
KEPT_MS = 7 * 86_400_000
"""How long a repeat is known for one."""


def request_key(device: str, *parts: str) -> str:
    """Return what a request of *device* is known by."""
    return hashlib.sha256("\x1f".join((device, *parts)).encode()).hexdigest()


Tell = Callable[[Verdict], bytes]
"""Makes the answer that is kept for a repeat."""


class LaneSetting(Struct, frozen=True, kw_only=True):
    """What every device's lane needs."""

    seal_to: Callable[[], SealingKey]
    """Says what facts are sealed to now."""
    opener: Opener
    """Has the other half."""
    now: Callable[[], Instant]
    answers: Answers


class DeviceLane:
    """Enters a device's facts, each in a transaction of its own; any thread may, one at a time."""

    def __init__(self, engine: Engine, device: Enrolled, how: LaneSetting) -> None:
        """Enter the facts of *device* in *engine*."""
        self._engine = engine
        self._reading = engine.execution_options(read_only=True)
        self._device = device
        self._answers = how.answers
        self._seal_to = how.seal_to
        self._opener = how.opener
        self.now = how.now
        self.one_at_a_time = threading.RLock()

    def told(self, key: str) -> bytes | None:
        """Return what was answered to the request *key*, None where it was not."""
        with self._reading.begin() as db:
            answer: bytes | None = _TOLD.scalar(db, {"key": key})
            return answer

    def asked(self, key: str, question: Asked, tell: Tell) -> bytes:
        """Return what to *tell* the request *key*: its question, and its end, are in the ledger."""
        with self.one_at_a_time:
            if (told := self.told(key)) is not None:
                return told
            seq, raw = self._begin(key, question)
            verdict = self._answers.verdict(self._device, raw, self.now().wall_ms)
            answer = tell(verdict)
            self._end(key, settled(seq, verdict, self.now()), answer)
            return answer

    def done(self, key: str, what: Fact, tell: Callable[[], bytes]) -> bytes:
        """Return what to *tell* the request *key*, once *what*, an end in itself, is entered."""
        with self.one_at_a_time:
            if (told := self.told(key)) is not None:
                return told
            answer = tell()
            with self._engine.begin() as db:
                seq, _ = self._enter(db, what)
                values = self._request(key, seq) | {"answer": answer}
                db.execute(insert(device_request).values(values))
            return answer

    def recover(self) -> None:
        """End what a server that died had begun: nothing was told of it."""
        with self._engine.begin() as db:
            open_ = select(device_request).where(
                device_request.c.device == self._device.id, device_request.c.answer.is_(None)
            )
            for row in db.execute(open_.order_by(device_request.c.seq)).all():
                end = Settled(at=self.now(), asked=row.seq, outcome=Outcome.DROPPED)
                self._enter(db, end)
                db.execute(delete(device_request).where(device_request.c.key == row.key))

    def forget_old(self) -> None:
        """Forget what nobody repeats any more."""
        old = device_request.c.at_ms < self.now().wall_ms - KEPT_MS
        mine = device_request.c.device == self._device.id
        with self._engine.begin() as db:
            db.execute(
                delete(device_request).where(mine, old, device_request.c.answer.is_not(None))
            )

    def _begin(self, key: str, what: Asked) -> tuple[int, bytes]:
        with self._engine.begin() as db:
            seq, raw = self._enter(db, what)
            db.execute(insert(device_request).values(self._request(key, seq)))
            return seq, raw

    def _end(self, key: str, end: Settled, answer: bytes) -> None:
        mine = device_request.c.key == key
        with self._engine.begin() as db:
            self._enter(db, end)
            db.execute(update(device_request).where(mine).values(answer=answer))

    def _request(self, key: str, seq: int) -> dict[str, Any]:
        at_ms = self.now().wall_ms
        return {"key": key, "device": self._device.id, "seq": seq, "at_ms": at_ms}

    def _enter(self, db: Connection, what: Fact) -> tuple[int, bytes]:
        at = ledger.lane_of(db, self._device.id, EPOCH)
        raw = self._enclosed(what, at.up_to_seq + 1, at.head)
        ledger.enter_all(db, [(envelopes.address(raw), raw)], self._opener, self.now().wall_ms)
        exceptions.advance(db, self._device.id, EPOCH, self.now().wall_ms)
        return at.up_to_seq + 1, raw

    def _enclosed(self, what: Fact, seq: int, prev: str) -> bytes:
        return envelopes.enclose(
            what,
            station=self._device.id,
            epoch=EPOCH,
            seq=seq,
            prev=prev,
            key=self._seal_to(),
        )


def settled(asked: int, verdict: Verdict, at: Instant) -> Settled:
    """Return how the question *asked* ended."""
    if isinstance(verdict, Accepted):
        return Settled(at=at, asked=asked, outcome=Outcome.ACCEPTED, due=verdict.due)
    return Settled(at=at, asked=asked, outcome=Outcome.REFUSED, reason=verdict.reason)
