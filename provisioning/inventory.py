"""`python -m provisioning inventory`: the stations that the hub knows, for Ansible."""

import base64
import json
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, select

from circulation.identifiers import StationId
from hub import claims
from hub.config import HubConfig, load
from hub.database import open_database
from hub.joining import FIRST_EPOCH, known_sealing
from hub.tables import station
from provisioning.options import of_hub


@click.command("inventory")
@of_hub
@click.option("--domain", default="", help="What follows a station's name, such as example.org.")
@click.option("--list", "as_list", is_flag=True, help="All of it, as Ansible asks for it.")
@click.option("--host", help="One host's variables, as Ansible asks for them.")
@click.option("--file", "as_file", is_flag=True, help="All of it, as an inventory's file has it.")
def inventory(config: Path, *, domain: str, as_list: bool, host: str | None, as_file: bool) -> None:
    """Tell Ansible which stations there are: those that are in, and those that are expected."""
    if [as_list, host is not None, as_file].count(True) != 1:
        raise click.UsageError("give --list, --host NAME or --file")
    hub = load(config)
    engine = open_database(hub.database)
    try:
        with engine.connect() as db:
            found = hosts(db, domain)
        sealing = known_sealing(engine)
    finally:
        engine.dispose()
    if host is not None:
        found_host = found.get(host, {})
        click.echo(json.dumps(found_host, ensure_ascii=False))
        return
    common = _common(hub)
    if sealing is not None:
        common["station_sealing_id"] = sealing.id
        common["station_sealing_public"] = base64.b64encode(sealing.public).decode("ascii")
    told = (written if as_file else groups)(found, common)
    click.echo(json.dumps(told, ensure_ascii=False, indent=1))


def hosts(db: Connection, domain: str) -> dict[str, dict[str, Any]]:
    """Return every station's variables by its host's name."""
    kits = {each.station: each.kit for each in _claims(db)}
    there = db.execute(select(station).where(station.c.revoked_at_ms.is_(None)))
    rows = [(row.id, row.number, row.partition, row.branch, row.epoch) for row in there]
    rows += [
        (each.station, each.number, each.partition, each.branch, FIRST_EPOCH)
        for each in claims.expected(db)
    ]
    suffix = f".{domain}" if domain else ""
    return {
        f"{id_}{suffix}": {
            "station_number": number,
            "station_municipality": town,
            "station_branch": branch,
            "station_epoch": epoch,
            **({"station_kit": kits[id_]} if id_ in kits else {}),
        }
        for id_, number, town, branch, epoch in sorted(rows)
    }


def groups(found: dict[str, dict[str, Any]], common: dict[str, Any]) -> dict[str, Any]:
    """Return what Ansible's `--list` is: a group for each municipality under `stations`."""
    towns = sorted({each["station_municipality"] for each in found.values()})
    listed: dict[str, Any] = {
        town: {
            "hosts": [name for name, told in found.items() if told["station_municipality"] == town]
        }
        for town in towns
    }
    listed["stations"] = {"children": towns, "vars": common}
    listed["_meta"] = {"hostvars": found}
    return listed


def written(found: dict[str, dict[str, Any]], common: dict[str, Any]) -> dict[str, Any]:
    """Return what a file of an inventory holds for the same: Ansible's `--list` is no such file."""
    towns: dict[str, Any] = {}
    for name, told in found.items():
        towns.setdefault(told["station_municipality"], {"hosts": {}})["hosts"][name] = told
    return {"all": {"children": {"stations": {"vars": common, "children": towns}}}}


def _claims(db: Connection) -> list[claims.Claim]:
    ids = [*db.scalars(select(station.c.id)), *(each.station for each in claims.expected(db))]
    found = (claims.of(db, StationId(id_)) for id_ in ids)
    return [each for each in found if each is not None]


def _common(hub: HubConfig) -> dict[str, Any]:
    told: dict[str, Any] = {"station_hub_name": hub.name}
    if hub.enrolment is not None:
        told["station_broker_host"] = hub.enrolment.broker_host
        told["station_broker_port"] = hub.enrolment.broker_port
        told["station_portal_url"] = hub.enrolment.site
    return told
