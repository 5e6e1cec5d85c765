"""Questions that were heard: what a broker says again is not done again."""

import hashlib

from sqlalchemy import Column, Connection, LargeBinary, String, Table, delete

from circulation.messages import Ask
from hub.database import METADATA, insert_once

heard_question = Table(
    "heard_question",
    METADATA,
    # Of what was sealed, which is never the same twice; it tells nothing of what that was.
    Column("hash", LargeBinary, primary_key=True),
    # The sealing key's id: once that is gone, nobody can open the question any more.
    Column("key", String, nullable=False, index=True),
)


def is_new(db: Connection, ask: Ask) -> bool:
    """Keep that *ask* was heard, and return whether it never was before."""
    hash_ = hashlib.sha256(ask.sealed).digest()
    return insert_once(db, heard_question, {"hash": hash_, "key": ask.key})


def forget(db: Connection, key: str) -> None:
    """Forget the questions sealed to the key *key*, which is gone."""
    db.execute(delete(heard_question).where(heard_question.c.key == key))
