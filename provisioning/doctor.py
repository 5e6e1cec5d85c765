"""`python -m provisioning doctor`: what is wrong with a region, in plain words, and what to do."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec
from cryptography import x509
from msgspec import Struct
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from circulation.authorities import load_lists
from circulation.errors import CirculationError
from hub import claims, escrow, fleet, keys
from hub.config import HubConfig, load
from hub.database import open_database
from hub.enrolment import load_authority
from hub.fleet import Station
from hub.keys_cli import passphrase, with_passphrase
from hub.tables import station
from provisioning.options import of_hub

SOON = timedelta(days=60)
"""How long before something ends somebody is told: orders for certificates take their time."""
SILENT = timedelta(days=1)
CRL = "ca.crl"
ESCROW_DAYS_MAX = 400
_ESCROW = "make another: `python -m hub keys escrow FILE`, and keep the passphrase elsewhere"


class Trouble(Struct, frozen=True):
    """One thing that is wrong, and the next thing to do."""

    what: str
    wrong: str
    todo: str


@click.command("doctor")
@of_hub
@click.option(
    "--certificate",
    "others",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="The broker's or the site's certificate, to be looked at too.",
)
@click.option(
    "--escrow",
    "copy",
    type=click.Path(path_type=Path, dir_okay=False),
    help="An escrow copy of the sealing keys, to be opened too.",
)
@with_passphrase
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
def doctor(
    config: Path,
    *,
    others: tuple[Path, ...],
    copy: Path | None,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Say what is wrong with a region: its keys, certificates, database and stations."""
    now = datetime.now(UTC)  # noqa: TID251 - the command's own edge
    hub = load(config)
    found = list(examine(hub, others, now))
    if copy is not None:
        found += _copy(hub, copy, passphrase(passphrase_file, twice=False))
    if as_json:
        click.echo(msgspec.json.encode(found))
    for each in [] if as_json else found:
        click.echo(f"{each.what}: {each.wrong}\n  {each.todo}")
    if not found and not as_json:
        click.echo("Nothing is wrong with this region.")
    sys.exit(1 if found else 0)


def _copy(hub: HubConfig, copy: Path, words: str) -> Iterator[Trouble]:
    try:
        lacks = escrow.lacking(keys.load_kept(hub.sealing), escrow.read(copy, words))
    except CirculationError as error:
        yield Trouble("escrow copy", str(error), _ESCROW)
        return
    if lacks:
        yield Trouble("escrow copy", f"{copy} lacks {', '.join(lacks)}", _ESCROW)


def examine(hub: HubConfig, others: tuple[Path, ...], now: datetime) -> Iterator[Trouble]:
    """Yield what is wrong with the region of *hub* at *now*; nothing is changed."""
    for path in (hub.certificate, *others):
        yield from _certificate(path, now)
    yield from _authority(hub, now)
    try:
        keys.load_ring(hub.sealing)
    except CirculationError as error:
        todo = "take the copy: `python -m hub keys restore`"
        yield Trouble("sealing keys", str(error), todo)
    engine = open_database(hub.database)
    try:
        yield from _stations(engine, now)
        yield from _escrow(hub, engine, now)
    except SQLAlchemyError as error:
        todo = "see whether it runs, and run `python -m hub upgrade`"
        yield Trouble("database", str(error).splitlines()[0], todo)
    finally:
        engine.dispose()


def _certificate(path: Path, now: datetime) -> Iterator[Trouble]:
    try:
        ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        yield Trouble(str(path), f"no certificate: {error}", "put it back from your copy")
        return
    if ends - now < SOON:
        yield Trouble(str(path), _ends(ends, now), "issue another, and put it in its place")


def _authority(hub: HubConfig, now: datetime) -> Iterator[Trouble]:
    if hub.enrolment is None:
        return
    folder = hub.enrolment.authority
    try:
        ends = load_authority(folder).certificate.not_valid_after_utc
    except CirculationError as error:
        yield Trouble("authority", str(error), "put it back from your copy")
        return
    if ends - now < 6 * SOON:
        yield Trouble("authority", _ends(ends, now), "every station needs another: plan for it")
    listed = folder / CRL
    if not listed.exists():
        return
    again = "revoke or reissue one"
    try:
        lists = load_lists(listed.read_bytes())
    except ValueError as error:
        yield Trouble(str(listed), f"no list of the withdrawn: {error}", again)
        return
    if not lists:
        yield Trouble(str(listed), "no list of the withdrawn: it is empty", again)
    # Of an old authority and a new one: a broker lets nobody in where either has ended.
    lasting = [end for each in lists if (end := each.next_update_utc) is not None]
    if lasting and min(lasting) - now < SOON:
        todo = "a broker lets nobody in by a list that has ended: have it written anew"
        yield Trouble(str(listed), _ends(min(lasting), now), todo)


def _ends(ends: datetime, now: datetime) -> str:
    return f"{'it ended' if ends < now else 'it ends'} on {ends:%Y-%m-%d}"


def _stations(engine: Engine, now: datetime) -> Iterator[Trouble]:
    now_ms = int(now.timestamp() * 1000)
    with engine.connect() as db:
        known, waiting = fleet.stations(db), claims.waiting(db)
        expected = [each for each in claims.expected(db) if each.expires_ms < now_ms]
        rows = db.execute(select(station.c.id, station.c.certificate))
        pems = {row.id: row.certificate for row in rows}
    for each in known:
        if not each.revoked:
            yield from _station(each, pems[each.enrolled.id], now)
    for claim in waiting:
        todo = f"python -m hub join accept {claim.station}"
        yield Trouble(claim.station, "it waits to be accepted", todo)
    for claim in expected:
        todo = f"python -m provisioning station add {claim.station} ... makes another"
        yield Trouble(claim.station, "it has not come, and its token is over", todo)


def _escrow(hub: HubConfig, engine: Engine, now: datetime) -> Iterator[Trouble]:
    """Yield that no copy is known to open that has the newest key; nobody to lose, nothing."""
    with engine.connect() as db:
        if not fleet.stations(db):
            return
        opened = escrow.last_opened(db)
    try:
        newest = keys.load_kept(hub.sealing)[-1].id
    except CirculationError:
        return
    if opened is None or newest not in opened.keys:
        yield Trouble("escrow copy", f"no copy is known that has the key {newest}", _ESCROW)
    elif now.timestamp() * 1000 - opened.at_ms > ESCROW_DAYS_MAX * claims.DAY_MS:
        at = datetime.fromtimestamp(opened.at_ms / 1000, UTC)
        todo = "see whether it still opens: `python -m hub keys check FILE`"
        yield Trouble("escrow copy", f"none was opened since {at:%Y-%m-%d}", todo)


def _station(one: Station, pem: str, now: datetime) -> Iterator[Trouble]:
    id_, seen = one.enrolled.id, datetime.fromtimestamp((one.seen_ms or 0) / 1000, UTC)
    if one.seen_ms is None:
        yield Trouble(id_, "it was never heard of", "run `python -m station doctor` on it")
    elif not one.alive and now - seen > SILENT:
        wrong = f"it was last heard of on {seen:%Y-%m-%d}"
        yield Trouble(id_, wrong, "look at its power and its line; then its own doctor")
    if one.state and one.state.faults:
        wrong = f"it has the faults {', '.join(one.state.faults)}"
        yield Trouble(id_, wrong, "see docs/reference/station-faults.md")
    ends = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    if ends < now:
        todo = "it renews it by itself where `[hub] site` is set; else reissue it"
        yield Trouble(id_, f"its certificate ended on {ends:%Y-%m-%d}", todo)
