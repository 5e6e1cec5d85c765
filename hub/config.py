"""What a technician sets for the hub, in TOML; paths are beside the file that names them."""

from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, field
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from circulation import settings
from circulation.errors import ConfigError


class BrokerSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the MQTT broker listens; with *tls* the hub shows its certificate."""

    host: str
    port: int = 8883
    tls: bool = True
    ca: Path | None = None


class WebSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the public site and the desk are served; port 0 takes any free one."""

    host: str = "127.0.0.1"
    port: int = 0
    secure: bool = False
    """True where the pages are reached over TLS."""


class HubConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The hub's settings file."""

    name: str
    region: str
    database: str
    """A SQLAlchemy URL; a relative SQLite file is beside the settings file."""
    key: Path
    certificate: Path
    sealing: Path
    """JSON, private keys by id in base64; readable by the inbox alone."""
    secret: Path
    """What the web's cookies are signed with."""
    broker: BrokerSetting
    zone: str = "Europe/Stockholm"
    partitions: list[str] = field(default_factory=lambda: ["+"])
    web: WebSetting = WebSetting()
    erase_after: Literal["commit", "backup"] = "commit"
    """When a station may erase a fact: once it is here, or once a verified backup has it."""


def load(path: Path) -> HubConfig:
    """Return the settings in *path*; what is wrong is a `ConfigError` that says where."""
    config = settings.load(path, HubConfig)
    try:
        url = make_url(config.database)
    except ArgumentError as error:
        raise ConfigError(f"{path}: `database` is not a URL: {config.database!r}") from error
    if url.get_backend_name() == "sqlite" and url.database:
        url = url.set(database=str((path.parent / url.database).resolve()))
    database = url.render_as_string(hide_password=False)
    return msgspec.structs.replace(config, database=database)
