"""`python -m provisioning region new`: all that a new region begins with, in one folder."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click
from cryptography.hazmat.primitives.asymmetric import ec

from circulation.certificates import private_pem, request
from circulation.errors import ConfigError
from hub.enrolment import SERVER_DAYS, Authority
from provisioning import identities
from provisioning.files import private_folder, write_atomically, write_secret
from provisioning.region_told import Told, refuse_odd

CRL = "ca.crl"
_HUB_TOML = """\
# The hub of {name}. What every key means: docs/reference/hub-settings.md
name = "{hub_name}"
region = "{name}"
database = "{database}"
key = "key.pem"
certificate = "certificate.pem"
sealing = "sealing.json"
secret = "secret"
# Stations keep what no backup has yet; ansible/roles/hub makes one each night.
erase_after = "backup"

[broker]
host = "{broker}"
ca = "ca.pem"

[web]
port = 8000
secure = true
proxies = 1

[phrases]
folder = "/var/lib/fingertopp/hub/phrases"

[enrolment]
authority = "authority"
broker_host = "{broker}"
site = "https://{hub}"
accept = "{accept}"
"""
_HOSTS_YML = """\
---
# The hub and the broker of {name}; where its stations are, stations.json says beside it:
# `python -m provisioning inventory --domain DOMAIN --file` on the hub writes it.
all:
  vars:
    broker_site: https://{hub}
    station_site: https://{hub}
  children:
    brokers:
      hosts:
        "{broker}":
    hubs:
      hosts:
        "{hub}":
"""


@click.group("region")
def region() -> None:
    """Begin a region."""


@region.command("new")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", required=True, help="What the region is called, such as Umeåregionen.")
@click.option("--hub", required=True, help="The host name of the hub and its site.")
@click.option("--broker", required=True, help="The host name of the broker.")
@click.option(
    "--database",
    default="sqlite:////var/lib/fingertopp/hub/hub.db",
    show_default=True,
    help="Where the hub keeps its facts: a SQLAlchemy URL.",
)
@click.option(
    "--accept",
    type=click.Choice(["token", "technician"]),
    default="token",
    show_default=True,
    help="What lets a station in: its token, or a technician's word besides.",
)
def region_new(
    folder: Path,
    *,
    name: str,
    hub: str,
    broker: str,
    database: str,
    accept: Literal["token", "technician"],
) -> None:
    """Make authority, keys and settings of a new region in FOLDER, an Ansible inventory's own."""
    told = Told(name, hub, broker, database, accept)
    refuse_odd(told)
    now = datetime.now(UTC)  # noqa: TID251 - the command's own edge
    make_region(folder, told, now)
    click.echo(f"{name} is in {folder}. Keep that folder secret, and a copy of it elsewhere.")
    click.echo("Its authority's key is in hub/authority: whoever has it can make stations.")
    click.echo("Next: look at hosts.yml in it, and run ansible/site.yml.")


def make_region(folder: Path, told: Told, now: datetime) -> None:
    """Write a new region into *folder*, which must be new; nothing is left of half a one."""
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty: give a new folder for the region")
    begun = folder.exists()
    private_folder(folder)
    try:
        _make(folder, told, now)
    except BaseException:
        # Its files are written last: what is there are folders.
        for each in folder.iterdir():
            shutil.rmtree(each)
        if not begun:
            folder.rmdir()
        raise


def _make(folder: Path, told: Told, now: datetime) -> None:
    name, hub, broker = told.name, told.hub, told.broker
    kept, files = private_folder(folder / "hub"), private_folder(folder / "files")
    issuer = identities.authority(private_folder(kept / "authority"), name, now)
    write_atomically(kept / "authority" / CRL, issuer.revocation_list([], now))
    _server(kept / "key.pem", kept / "certificate.pem", issuer, (identities.HUB_NAME, now))
    identities.secret(kept / "secret")
    identities.sealing_key(kept / "sealing.json", f"{now.year}-1")
    for place in (kept, files):
        write_atomically(place / "ca.pem", issuer.certificate_pem())
    _server(files / "broker.key", files / "broker.pem", issuer, (broker, now), hosts=(broker,))
    _server(files / "site.key", files / "site.pem", issuer, (hub, now), hosts=(hub,))
    settings = _HUB_TOML.format(
        name=name,
        hub=hub,
        broker=broker,
        database=told.database,
        hub_name=identities.HUB_NAME,
        accept=told.accept,
    )
    write_atomically(kept / "hub.toml", settings.encode())
    hosts = _HOSTS_YML.format(name=name, hub=hub, broker=broker)
    write_atomically(folder / "hosts.yml", hosts.encode())


def _server(
    key: Path,
    certificate: Path,
    issuer: Authority,
    who: tuple[str, datetime],
    *,
    hosts: tuple[str, ...] = (),
) -> None:
    name, now = who
    private = ec.generate_private_key(ec.SECP256R1())
    write_secret(key, private_pem(private))
    issued = issuer.issue(request(private, name), name, now, hosts=hosts, days=SERVER_DAYS)
    write_atomically(certificate, issued)
