"""Messages that are not of the agreed form: kept whole, counted, and never acted on."""

import hashlib

import structlog
from sqlalchemy import Connection, func, select, update

from circulation.errors import ForgedError, MessageError, NewerMessageError
from circulation.signing import MESSAGE_BYTES_MAX
from hub.database import insert_once
from hub.errors import RevokedError
from hub.tables import quarantine

log = structlog.get_logger()

KEPT_MAX = 10_000


def reason(error: MessageError) -> str:
    """Return the name of what is wrong: newer, revoked, forged or torn."""
    if isinstance(error, NewerMessageError):
        return "newer"
    if isinstance(error, RevokedError):
        return "revoked"
    return "forged" if isinstance(error, ForgedError) else "torn"


def put(db: Connection, topic: str, payload: bytes, *, error: MessageError, now_ms: int) -> None:
    """Keep *payload* and count it; past `KEPT_MAX` different ones only the first bytes' hash."""
    digest = hashlib.sha256(topic.encode() + b"\n" + payload).hexdigest()
    known = db.scalar(select(func.count()).select_from(quarantine)) or 0
    kept = payload[:MESSAGE_BYTES_MAX] if known < KEPT_MAX else b""
    new = insert_once(
        db,
        quarantine,
        {
            "hash": digest,
            "topic": topic,
            "reason": reason(error),
            "payload": kept,
            "first_ms": now_ms,
            "count": 1,
        },
    )
    if not new:
        counted = quarantine.c.count + 1
        db.execute(update(quarantine).where(quarantine.c.hash == digest).values(count=counted))
    log.warning("message_quarantined", topic=topic, reason=reason(error), problem=str(error)[:200])


def count(db: Connection) -> int:
    """Return how many messages have been set aside, repeats included."""
    return db.scalar(select(func.coalesce(func.sum(quarantine.c.count), 0))) or 0
