"""What staff decide about an exception: kept for good, whatever facts come after."""

import difflib

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from circulation.errors import ConfigError
from hub.tables import decision, exception

REASON_LETTERS_MIN = 3
REASON_LETTERS_MAX = 500
NO_ACTION = "no_action"

ACTIONS = {
    "missing_return": ("returned", "still_out"),
    "double_return": ("looked_at_shelf",),
    "return_not_on_loan": ("looked_at_shelf",),
    "renew_no_loan": ("told_patron",),
    "ambiguous_order": ("looked_at_shelf", "returned", "still_out"),
    "unknown_item": ("item_catalogued", "sent_home"),
    "unknown_card": ("told_patron",),
    "patron_blocked": ("told_patron",),
    "lent_over_hold": ("told_patron",),
    "refused_by_catalogue": ("catalogue_mended",),
    "too_late": ("looked_at_shelf",),
    "epoch_fork": ("station_examined",),
    "lost": ("station_examined",),
    "unreadable": ("station_examined",),
}


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

    Raises `ConfigError` for an unknown key or action, too short a reason, and, unless *again*,
    for a decision that differs from the one there is.
    """
    row = db.execute(select(exception).where(exception.c.key == made.key)).first()
    if row is None:
        raise ConfigError(f"no exception has the key {made.key!r}{_nearest(db, made.key)}")
    if made.action not in actions(row.kind):
        may = ", ".join(actions(row.kind))
        near = difflib.get_close_matches(made.action, actions(row.kind), n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"{row.kind} is not settled as {made.action!r}: choose of {may}{meant}")
    if not REASON_LETTERS_MIN <= len(made.reason.strip()) <= REASON_LETTERS_MAX:
        between = f"{REASON_LETTERS_MIN} to {REASON_LETTERS_MAX} letters"
        raise ConfigError(f"a reason has {between}, for whoever reads it next")
    before = of(db, made.key)
    if before and (before[-1].action, before[-1].reason) == (made.action, made.reason):
        return False
    if before and not again:
        raise ConfigError(
            f"it was settled before, as {before[-1].action!r}; add --again to decide anew"
        )
    entry = {"key": made.key, "action": made.action, "reason": made.reason}
    db.execute(insert(decision).values(**entry, by=made.by, at_ms=made.at_ms))
    closed = update(exception).where(exception.c.key == made.key)
    db.execute(closed.values(open=False, settled=True, card=None))
    return True


def _nearest(db: Connection, key: str) -> str:
    keys = list(db.scalars(select(exception.c.key)))
    near = difflib.get_close_matches(key, keys, n=3, cutoff=0.4)
    return f"; the nearest are {', '.join(near)}" if near else ""


def of(db: Connection, key: str) -> list[Decision]:
    """Return what was decided about the exception *key*, the oldest first."""
    made = select(decision).where(decision.c.key == key).order_by(decision.c.number)
    return [_decision(row) for row in db.execute(made)]


def latest(db: Connection, limit: int) -> list[Decision]:
    """Return the *limit* newest decisions, the newest first."""
    made = select(decision).order_by(decision.c.number.desc()).limit(limit)
    return [_decision(row) for row in db.execute(made)]


def _decision(row: object) -> Decision:
    fields = {name: getattr(row, name) for name in Decision.__struct_fields__}
    return Decision(**fields)
