"""What staff decide about an exception: kept for good, whatever facts come after."""

import difflib
import unicodedata
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, insert, select, update

from circulation.errors import ConfigError
from hub.exceptions import ITEM_CATALOGUED
from hub.tables import decision, exception

REASON_LETTERS_MIN = 3
REASON_LETTERS_MAX = 500
NO_ACTION = "no_action"
_NEVER_SHOWN = ("Cc", "Cs")
"""Control characters and halves of characters, in Unicode's own words."""

ACTIONS = {
    "missing_return": ("returned", "still_out"),
    "double_return": ("looked_at_shelf",),
    "return_not_on_loan": ("looked_at_shelf",),
    "renew_no_loan": ("told_patron",),
    "ambiguous_order": ("looked_at_shelf", "returned", "still_out"),
    "unknown_item": (ITEM_CATALOGUED, "sent_home"),
    "unknown_card": ("told_patron",),
    "patron_blocked": ("told_patron",),
    "lent_over_hold": ("told_patron",),
    "over_limit": ("told_patron",),
    "trap_for_hold": ("trapped", "not_found"),
    "epoch_gap": ("old_card_read", "old_card_lost"),
    "gap": ("station_examined",),
    "refused_by_catalogue": ("catalogue_mended",),
    "too_late": ("looked_at_shelf",),
    "epoch_fork": ("station_examined",),
    "lost": ("station_examined",),
    "unswitched": ("gate_set",),
    "unreadable": ("station_examined",),
}


class DecidedBeforeError(ConfigError):
    """Somebody has settled the exception otherwise, and nobody said that it is decided anew."""


class Decision(Struct, frozen=True, kw_only=True):
    """What was done about the exception *key*, and why."""

    key: str
    action: str
    reason: str
    by: str
    at_ms: int


def actions(kind: str) -> tuple[str, ...]:
    """Return what may be chosen for an exception of *kind*."""
    return (*ACTIONS.get(kind, ()), NO_ACTION)


def settle(db: Connection, made: Decision, *, again: bool = False) -> bool:
    """Keep *made* and close its exception; return whether it is new.

    Raises `ConfigError` for an unknown key or action and for a reason that is none;
    `DecidedBeforeError`, unless *again*, for a decision that differs from the one there is.
    """
    row = _exception(db, made.key)
    if row is None:
        raise ConfigError(f"no exception has the key {made.key!r}{_nearest(db, made.key)}")
    if made.action not in actions(row.kind):
        may = ", ".join(actions(row.kind))
        near = difflib.get_close_matches(made.action, actions(row.kind), n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"{row.kind} is not settled as {made.action!r}: choose of {may}{meant}")
    if not is_reason(reason := on_one_line(made.reason)):
        between = f"{REASON_LETTERS_MIN} to {REASON_LETTERS_MAX} letters"
        raise ConfigError(f"a reason has {between} of plain text, for whoever reads it next")
    before = of(db, made.key)
    if before and (before[-1].action, before[-1].reason) == (made.action, reason):
        return False
    if before and not again:
        raise DecidedBeforeError(
            f"it was settled before, as {before[-1].action!r}; add --again to decide anew"
        )
    entry = {"key": made.key, "action": made.action, "reason": reason}
    db.execute(insert(decision).values(**entry, by=made.by, at_ms=made.at_ms))
    closed = update(exception).where(exception.c.key == made.key)
    db.execute(closed.values(settled=True, card=None))
    return True


def on_one_line(reason: str) -> str:
    """Return *reason* as it is kept, whatever its line breaks and double spaces were."""
    return " ".join(reason.split())


def is_reason(reason: str) -> bool:
    """Return whether *reason*, on one line, is long enough, short enough, and can be shown."""
    shown = not any(unicodedata.category(letter) in _NEVER_SHOWN for letter in reason)
    return shown and REASON_LETTERS_MIN <= len(reason) <= REASON_LETTERS_MAX


def _exception(db: Connection, key: str) -> Row[Any] | None:
    # Bytes that are no text come from the command line as lone surrogates; no database takes them.
    if not key.isprintable():
        return None
    return db.execute(select(exception).where(exception.c.key == key)).first()


def _nearest(db: Connection, key: str) -> str:
    keys = list(db.scalars(select(exception.c.key)))
    near = difflib.get_close_matches(key, keys, n=3, cutoff=0.4)
    return f"; the nearest are {', '.join(near)}" if near else ""


def of(db: Connection, key: str) -> list[Decision]:
    """Return what was decided about the exception *key*, the oldest first."""
    made = select(decision).where(decision.c.key == key).order_by(decision.c.number)
    return [_decision(row) for row in db.execute(made)]


def of_item(db: Connection, item: str) -> list[Decision]:
    """Return what was decided about the exceptions of *item*, the oldest first."""
    keys = select(exception.c.key).where(exception.c.item == item)
    made = select(decision).where(decision.c.key.in_(keys)).order_by(decision.c.number)
    return [_decision(row) for row in db.execute(made)]


def every(db: Connection) -> dict[str, list[Decision]]:
    """Return all that was decided, by the exceptions' keys, the oldest first."""
    made: dict[str, list[Decision]] = {}
    for row in db.execute(select(decision).order_by(decision.c.number)):
        made.setdefault(row.key, []).append(_decision(row))
    return made


def latest(db: Connection, limit: int) -> list[Decision]:
    """Return the *limit* newest decisions, the newest first."""
    made = select(decision).order_by(decision.c.number.desc()).limit(limit)
    return [_decision(row) for row in db.execute(made)]


def _decision(row: Row[Any]) -> Decision:
    fields = {name: getattr(row, name) for name in Decision.__struct_fields__}
    return Decision(**fields)
