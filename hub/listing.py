"""What is so, in rows: loans, facts, exceptions, stations, statistics; for people and programs."""

from typing import Any

import msgspec
from sqlalchemy import Engine, select

from hub import decisions, epochs, exceptions, fleet, updates
from hub.catalogue import tables
from hub.decisions import Decision
from hub.exceptions import Named
from hub.tables import fact, loan_count


def loans(engine: Engine) -> list[dict[str, Any]]:
    """Show who has what, as the shared catalogue has it."""
    with engine.connect() as db:
        return [
            {"item": row.item, "patron": row.patron, "due": row.due}
            for row in db.execute(select(tables.loan).order_by(tables.loan.c.item))
        ]


def facts(engine: Engine) -> list[dict[str, Any]]:
    """Show the ledger: every fact, and what became of it."""
    with engine.connect() as db:
        rows = db.execute(select(fact).order_by(fact.c.received_ms, fact.c.seq)).all()
    return [
        {
            "station": row.station,
            "epoch": row.epoch,
            "seq": row.seq,
            "hash": row.hash,
            "kind": row.kind,
            "item": row.item,
            "outcome": row.outcome or ("offline" if row.kind == "checkout" else None),
            "at_ms": (row.body or {}).get("at", {}).get("wall_ms"),
            "received_ms": row.received_ms,
            "fate": _fate(row.rank, row.posted_ms),
        }
        for row in rows
    ]


def _fate(rank: int | None, posted_ms: int | None) -> str:
    if rank is None:
        return "waits for the facts before it"
    return "posted" if posted_ms is not None else "entered"


def statistics(engine: Engine) -> list[dict[str, Any]]:
    """Show how often what was lent where, to which age; no person is in it."""
    with engine.connect() as db:
        counted = db.execute(select(loan_count).order_by(*loan_count.primary_key.columns))
        return [dict(row) for row in counted.mappings()]


def open_exceptions(engine: Engine) -> list[dict[str, Any]]:
    """Return what broke a rule and nobody has settled."""
    with engine.connect() as db:
        return [_exception(each) for each in exceptions.open_exceptions(db)]


def every_exception(engine: Engine) -> list[dict[str, Any]]:
    """Return what broke a rule, also where it is resolved or settled, and how."""
    with engine.connect() as db:
        found, made = exceptions.every_exception(db), decisions.every(db)
    return [
        {**_exception(each), "state": state, **_decided(made.get(each.key, []))}
        for each, state in found
    ]


def _exception(each: Named) -> dict[str, Any]:
    return {
        "key": each.key,
        "kind": each.kind,
        "severity": each.severity,
        "source": each.source,
        "item": each.item,
        "station": each.station,
        "epoch": each.epoch,
        "seq": each.seq,
        "told": each.told,
        "suggestion": each.suggestion,
        "actions": list(decisions.actions(each.kind)),
    }


def _decided(made: list[Decision]) -> dict[str, Any]:
    newest = made[-1] if made else None
    return {
        "action": newest and newest.action,
        "reason": newest and newest.reason,
        "settled_by": newest and newest.by,
        "settled_ms": newest and newest.at_ms,
        "before": [each.action for each in made[:-1]],
    }


def stations(engine: Engine) -> list[dict[str, Any]]:
    """Show every station, and how it was when it was last heard."""
    with engine.connect() as db:
        known = fleet.stations(db)
        missing = {each.enrolled.id: epochs.missing(db, each.enrolled.id) for each in known}
        told = {each.enrolled.id: updates.of(db, each.enrolled.id) for each in known}
    return [
        {
            "id": each.enrolled.id,
            "municipality": each.enrolled.municipality,
            "branch": each.enrolled.branch,
            "kind": each.enrolled.kind,
            "alive": each.alive,
            "revoked": each.revoked,
            "owed": each.state.owed if each.state else 0,
            "up_to_seq": each.up_to_seq,
            "version": each.state.version if each.state else "",
            "faults": each.state.faults if each.state else [],
            "last_seen_ms": each.seen_ms,
            "update": msgspec.to_builtins(told[each.enrolled.id]),
            "missing": {each.epoch: each.facts for each in missing[each.enrolled.id]},
        }
        for each in known
    ]
