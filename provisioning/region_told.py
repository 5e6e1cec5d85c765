"""What a technician says of a new region, looked at before anything is made of it."""

import ipaddress
import re
from typing import Literal

import click
from msgspec import Struct
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from circulation.storable import unstorable
from hub.enrolment import NAME_BYTES_MAX

_DATABASES = ("sqlite", "postgresql+psycopg")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class Told(Struct, frozen=True):
    """What a technician says of a region: hosts by name, the database as a URL."""

    name: str
    hub: str
    broker: str
    database: str
    accept: Literal["token", "technician"] = "token"


def refuse_odd(told: Told) -> None:
    """Raise `BadParameter` where anything in *told* cannot be in certificates and settings."""
    _refuse_name("--name", told.name)
    for option, host in (("--hub", told.hub), ("--broker", told.broker)):
        _refuse_host(option, host)
    _refuse_database("--database", told.database)


def _refuse_name(option: str, name: str) -> None:
    odd = not name.strip() or unstorable(name) or not name.isprintable()
    if odd or not set(name).isdisjoint('"\\'):
        raise _bad(option, f"{name!r} cannot be used")
    _refuse_long(option, name)


def _refuse_host(option: str, host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return
    if not host.isascii() and (written := _as_dns_writes(host)):
        raise _bad(option, f"{host!r} cannot be used; did you mean {written!r}, as DNS writes it?")
    if not all(_LABEL.fullmatch(label) for label in host.lower().split(".")):
        raise _bad(option, f"{host!r} is no host's name: letters, digits and dashes, and dots")
    _refuse_long(option, host)


def _refuse_long(option: str, name: str) -> None:
    if len(name.encode()) > NAME_BYTES_MAX:
        most = f"more than {NAME_BYTES_MAX} letters, where å, ä and ö count twice"
        raise _bad(option, f"{name[:20]!r}... has {most}")


def _as_dns_writes(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _refuse_database(option: str, database: str) -> None:
    try:
        url = make_url(database)
    except ArgumentError as error:
        raise _bad(option, f"{database!r} is no URL of a database") from error
    if url.drivername not in _DATABASES or not set(database).isdisjoint('"\\\n'):
        raise _bad(option, f"{url.drivername!r} is none of {' and '.join(_DATABASES)}")
    if url.password is not None or "password" in url.query:
        # Settings hold no secret, and everybody on the machine sees a command line.
        raise _bad(option, "a password does not belong here: name a file (?passfile=/...)")


def _bad(option: str, what: str) -> click.BadParameter:
    return click.BadParameter(what, param_hint=option)
