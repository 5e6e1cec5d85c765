"""Questions that were heard: what a broker says again is not done again."""

import hashlib

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    LargeBinary,
    String,
    Table,
    delete,
    select,
)

from circulation.messages import Ask
from hub.database import METADATA, insert_once

KEPT_MAX = 1_000_000
"""Of so many questions is known that they were heard: some years of them in most regions."""

heard_question = Table(
    "heard_question",
    METADATA,
    # Of what was sealed, which is never the same twice; it tells nothing of what that was.
    Column("hash", LargeBinary, primary_key=True),
    # The sealing key's id: once that is gone, nobody can open the question any more.
    Column("key", String, nullable=False, index=True),
    Column("heard_ms", BigInteger, nullable=False, server_default="0", index=True),
)


def is_new(db: Connection, ask: Ask, now_ms: int) -> bool:
    """Keep that *ask* was heard, and return whether it never was before."""
    hash_ = hashlib.sha256(ask.sealed).digest()
    row = {"hash": hash_, "key": ask.key, "heard_ms": now_ms}
    return insert_once(db, heard_question, row)


def forget(db: Connection, key: str) -> None:
    """Forget the questions sealed to the key *key*, which is gone."""
    db.execute(delete(heard_question).where(heard_question.c.key == key))


def forget_oldest(engine: Engine) -> int:
    """Forget all but the last `KEPT_MAX` questions, and those of the same instant; how many."""
    heard = heard_question.c.heard_ms
    oldest = select(heard).order_by(heard.desc()).offset(KEPT_MAX - 1).limit(1)
    with engine.begin() as db:
        since_ms = db.scalar(oldest)
        if since_ms is None:
            return 0
        return db.execute(delete(heard_question).where(heard < since_ms)).rowcount
