"""`python -m provisioning authority`: another authority in the place of the first, step by step."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from cryptography import x509

from circulation.authorities import signed_by
from circulation.errors import ConfigError
from hub import authorities
from hub.authorities import Authorities, load_authorities
from hub.config import HubConfig, load
from hub.database import open_database
from hub.errors import HubError
from hub.keys import load_kept
from provisioning.files import write_in_its_place
from provisioning.options import of_hub
from provisioning.reissuing import list_withdrawn

F = TypeVar("F", bound=Callable[..., Any])


@click.group("authority")
def authority() -> None:
    """Replace the region's authority: new, servers, switch, servers again, drop."""


def _where(command: F) -> F:
    """Give *command* the hub's settings, and where the authority is if not where they say."""
    of_authority = click.option(
        "--authority",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of ca.key and ca.pem; else what the hub's [enrolment] says.",
    )
    return of_hub(of_authority(command))


def _folder(hub: HubConfig, folder: Path | None) -> Path:
    if folder is not None:
        return folder
    if hub.enrolment is None:
        raise ConfigError("the hub's settings have no [enrolment]: give --authority FOLDER")
    return hub.enrolment.authority


@authority.command("show")
@_where
def show(config: Path, folder: Path | None) -> None:
    """Say which authorities are trusted, and which stations still depend on the former one."""
    hub = load(config)
    there = load_authorities(_folder(hub, folder))
    for what, one in (
        ("signs", there.present),
        ("waits to sign", there.coming),
        ("has signed, and is still trusted", there.former),
    ):
        if one is not None:
            ends = one.certificate.not_valid_after_utc
            name = one.certificate.subject.rfc4514_string()
            click.echo(f"{name}  {what}; it ends on {ends:%Y-%m-%d}")
    for line in _in_the_way(hub, there):
        click.echo(line)


@authority.command("new")
@_where
def new(config: Path, folder: Path | None) -> None:
    """Make another authority, which is trusted beside the present one and signs nothing yet."""
    hub = load(config)
    place = _folder(hub, folder)
    made = authorities.announce(place, hub.region, _now())
    _list_anew(hub, place)
    click.echo(f"{made.certificate.subject.rfc4514_string()} waits to sign.")
    click.echo("Brokers that are watched trust it within seconds, stations within a day.")
    click.echo("Then: authority switch")


@authority.command("switch")
@_where
def switch(config: Path, folder: Path | None) -> None:
    """Have the one that waits sign from now on; the one before is still trusted."""
    hub = load(config)
    place = _folder(hub, folder)
    there = authorities.switch(place)
    _list_anew(hub, place)
    click.echo(f"{there.present.certificate.subject.rfc4514_string()} signs from now on.")
    click.echo("Next: authority server for the hub's, the broker's and the site's certificate;")
    click.echo("start them anew; and `python -m hub keys rotate`. Stations renew within a day.")


@authority.command("server")
@click.argument("certificate", type=click.Path(path_type=Path, dir_okay=False))
@_where
def server(certificate: Path, config: Path, folder: Path | None) -> None:
    """Issue the server's CERTIFICATE anew by the authority that signs: same key, name and hosts.

    Who believes the authority before believes it too. The server is to be started anew.
    """
    there = load_authorities(_folder(load(config), folder))
    old = _servers(certificate)
    issuers = [each.certificate for each in there.all()]
    if not signed_by(old, issuers):
        raise HubError(f"{certificate} is by none of this region's authorities")
    if old.issuer == old.subject:
        raise ConfigError(f"{certificate} is an authority's own certificate, and no server's")
    write_in_its_place(certificate, authorities.reissued(there, old, _now()))
    click.echo(f"{certificate} is issued anew: start what uses it anew.")


def _servers(path: Path) -> x509.Certificate:
    """Return the server's certificate in *path*, a file that may be written over."""
    try:
        text = path.read_bytes()
        old = x509.load_pem_x509_certificates(text)[0]
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: no certificate: {error}") from error
    if b"PRIVATE KEY" in text:
        raise ConfigError(f"{path} has a key too, which would be lost: give each a file of its own")
    return old


@authority.command("drop")
@click.option("--anyway", is_flag=True, help="Also where stations depend on it: they must rejoin.")
@_where
def drop(config: Path, folder: Path | None, *, anyway: bool) -> None:
    """Trust the former authority no more, once nothing depends on it."""
    hub = load(config)
    place = _folder(hub, folder)
    there = load_authorities(place)
    if not anyway and (lines := _in_the_way(hub, there)):
        raise HubError("\n".join([*lines, "Nothing was done; --anyway does it nevertheless."]))
    authorities.drop(place)
    _list_anew(hub, place)
    click.echo("The former authority is trusted no more: brokers hear of it within seconds.")


def _list_anew(hub: HubConfig, place: Path) -> None:
    """Have each that is trusted say who is withdrawn: a broker lets nobody in by one without."""
    engine = open_database(hub.database)
    try:
        list_withdrawn(engine, place, _now())
    finally:
        engine.dispose()


def _in_the_way(hub: HubConfig, there: Authorities) -> list[str]:
    """Return a sentence for each thing that depends on the former authority."""
    if there.former is None:
        return []
    engine = open_database(hub.database)
    try:
        with engine.connect() as db:
            under = authorities.under_former(db, there)
    finally:
        engine.dispose()
    told = [f"{id_} has a certificate by the former authority." for id_ in under]
    present = [there.present.certificate]
    own = x509.load_pem_x509_certificates(hub.certificate.read_bytes())[0]
    if not signed_by(own, present):
        told.append(f"{hub.certificate} is by the former authority: authority server makes another")
    vouched = load_kept(hub.sealing)[-1].vouched()
    if vouched is not None and not authorities.vouches(there.present, vouched):
        told.append("the sealing key is vouched for by the former authority: hub keys rotate")
    return told


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the command's own edge
