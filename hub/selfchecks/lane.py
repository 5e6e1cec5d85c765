"""One device's lane in the ledger: what it says becomes facts, each once."""

import hashlib
import threading
from collections.abc import Callable

from sqlalchemy import Connection, Engine, delete, insert, select, update

from circulation import envelopes
from circulation.facts import Fact, Outcome, Settled
from circulation.instants import Instant
from circulation.sealing import Opener, SealingKey
from hub import exceptions, ledger
from hub.fleet import Enrolled
from hub.selfchecks.tables import device_request

EPOCH = 1
KEPT_MS = 7 * 86_400_000
"""How long a repeat is known for one."""


def request_key(device: str, *parts: str) -> str:
    """Return what a request of *device* is known by."""
    return hashlib.sha256("\x1f".join((device, *parts)).encode()).hexdigest()


class DeviceLane:
    """Enters a device's facts; any thread may, one at a time."""

    def __init__(
        self,
        engine: Engine,
        device: Enrolled,
        *,
        seal_to: Callable[[], SealingKey],
        opener: Opener,
        now: Callable[[], Instant],
    ) -> None:
        """Seal the facts of *device* to what *seal_to* returns, whose half *opener* has."""
        self._engine = engine
        self._device = device
        self._seal_to = seal_to
        self._opener = opener
        self.now = now
        self.one_at_a_time = threading.RLock()

    def told(self, key: str) -> bytes | None:
        """Return what was answered to the request *key*, None where it was not."""
        mine = select(device_request.c.answer).where(device_request.c.key == key)
        with self._engine.execution_options(read_only=True).begin() as db:
            answer: bytes | None = db.scalar(mine)
            return answer

    def begin(self, key: str, what: Fact) -> tuple[int, bytes]:
        """Enter *what* for the request *key*; return its number and its envelope."""
        with self._engine.begin() as db:
            seq, raw = self._enter(db, what)
            row = {"key": key, "device": self._device.id, "seq": seq, "at_ms": self.now().wall_ms}
            db.execute(insert(device_request).values(**row))
            return seq, raw

    def end(self, key: str, asked: Settled, answer: bytes) -> None:
        """Enter how the request *key* ended, with what is told of it."""
        with self._engine.begin() as db:
            self._enter(db, asked)
            self._keep(db, key, answer)

    def done(self, key: str, what: Fact, answer: bytes) -> None:
        """Enter *what*, which is an end in itself, with what is told of it."""
        with self._engine.begin() as db:
            seq, _ = self._enter(db, what)
            row = {"key": key, "device": self._device.id, "seq": seq, "at_ms": self.now().wall_ms}
            db.execute(insert(device_request).values(**row, answer=answer))

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

    def _enter(self, db: Connection, what: Fact) -> tuple[int, bytes]:
        at = ledger.lane_of(db, self._device.id, EPOCH)
        raw = envelopes.enclose(
            what,
            station=self._device.id,
            epoch=EPOCH,
            seq=at.up_to_seq + 1,
            prev=at.head,
            key=self._seal_to(),
        )
        ledger.enter_all(db, [raw], self._opener, self.now().wall_ms)
        exceptions.advance(db, self._device.id, EPOCH, self.now().wall_ms)
        return at.up_to_seq + 1, raw

    def _keep(self, db: Connection, key: str, answer: bytes) -> None:
        mine = device_request.c.key == key
        db.execute(update(device_request).where(mine).values(answer=answer))
