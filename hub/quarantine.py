"""Messages that are not of the agreed form: kept whole, counted, and never acted on."""

import hashlib

import structlog
from sqlalchemy import Connection, and_, delete, func, select, update

from circulation.errors import ForgedError, MessageError, NewerMessageError
from circulation.signing import MESSAGE_BYTES_MAX
from hub.database import insert_once
from hub.errors import RevokedError
from hub.tables import quarantine

log = structlog.get_logger()

KEPT_MAX = 10_000
KEPT_BYTES_MAX = 256 << 20
KEPT_MS_MAX = 30 * 86_400_000
"""How long a message is kept: facts may be in it, and with them who had what."""
_MORE = "more"


def reason(error: MessageError) -> str:
    """Return the name of what is wrong: newer, revoked, forged or torn."""
    if isinstance(error, NewerMessageError):
        return "newer"
    if isinstance(error, RevokedError):
        return "revoked"
    return "forged" if isinstance(error, ForgedError) else "torn"


def put(db: Connection, topic: str, payload: bytes, *, error: MessageError, now_ms: int) -> None:
    """Keep *payload* and count it; what there is no room for is only counted, by its reason.

    `KEPT_MAX` different ones are kept, whole as long as they are `KEPT_BYTES_MAX` in all.
    """
    digest = hashlib.sha256(topic.encode() + b"\n" + payload).hexdigest()
    again = update(quarantine).where(quarantine.c.hash == digest)
    if db.execute(again.values(count=quarantine.c.count + 1)).rowcount == 0:
        size = func.coalesce(func.sum(func.length(quarantine.c.payload)), 0)
        known, used = db.execute(select(func.count(), size)).one()
        whole = payload[:MESSAGE_BYTES_MAX]
        row = {"hash": digest, "topic": topic, "reason": reason(error), "first_ms": now_ms}
        row["payload"] = whole if used + len(whole) <= KEPT_BYTES_MAX else b""
        if known >= KEPT_MAX or not insert_once(db, quarantine, row | {"count": 1}):
            _count_more(db, reason(error), 1)
    log.warning("message_quarantined", topic=topic, reason=reason(error), problem=str(error)[:200])


def _count_more(db: Connection, reason: str, many: int) -> None:
    row = {"hash": f"{_MORE} {reason}", "topic": "", "reason": reason, "payload": b""}
    insert_once(db, quarantine, row | {"first_ms": 0, "count": 0})
    here = update(quarantine).where(quarantine.c.hash == row["hash"])
    db.execute(here.values(count=quarantine.c.count + many))


def forget(db: Connection, now_ms: int) -> None:
    """Forget the messages that came first longer than `KEPT_MS_MAX` ago, but how many they were."""
    old = and_(quarantine.c.first_ms < now_ms - KEPT_MS_MAX, quarantine.c.topic != "")
    counts = select(quarantine.c.reason, func.sum(quarantine.c.count)).where(old)
    for reason, many in db.execute(counts.group_by(quarantine.c.reason)).all():
        _count_more(db, reason, int(many))
    db.execute(delete(quarantine).where(old))


def count(db: Connection) -> int:
    """Return how many messages have been set aside, repeats included."""
    return db.scalar(select(func.coalesce(func.sum(quarantine.c.count), 0))) or 0
