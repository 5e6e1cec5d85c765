"""What a technician sets for the hub, in TOML; paths are beside the file that names them."""

import difflib
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

import msgspec
from msgspec import Meta, Struct, field
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from circulation import settings
from circulation.errors import ConfigError
from circulation.settings import Port
from speech.voice_setting import VoiceSetting


class BrokerSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the MQTT broker listens; with *tls* the hub shows its certificate."""

    host: str
    port: Port = 8883
    tls: bool = True
    ca: Path | None = None


class WebSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the public site and the desk are served; port 0 takes any free one."""

    host: str = "127.0.0.1"
    port: Port = 0
    secure: bool = False
    """True where the pages are reached over TLS."""
    proxies: Annotated[int, Meta(ge=0, le=8)] = 0
    """How many proxies stand before the pages."""


class OwnSetting(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="own"):
    """The catalogue is the hub's own."""


class Sip2Setting(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="sip2"):
    """The catalogue is a library system that speaks SIP2."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 6001
    tls: bool = False
    ca: Path | None = None
    """The authority of its certificate, where it is another than the system's."""
    user: str = ""
    password: Path | None = None
    """A file with one line, for the hub's own user only."""
    login: Literal["sip2", "telnet"] = "sip2"
    """By the message for it (93), or at prompts before it."""
    terminal_password: Path | None = None
    institution: str = ""
    location: str = ""
    """Where this terminal is, as the library system calls it; empty: each station's branch."""
    encoding: str = "utf-8"
    error_detection: bool = True
    language: Annotated[str, Meta(pattern="^[0-9]{3}$")] = "006"
    """SIP2's number; 006 is Swedish."""
    card_days: Annotated[int, Meta(ge=0, le=366)] = 30
    """How long a card may borrow offline after it was last accepted, where no list tells of it."""
    connections: Annotated[int, Meta(ge=2, le=32)] = 4
    connect_seconds: Annotated[float, Meta(gt=0, le=60)] = 5.0
    answer_seconds: Annotated[float, Meta(gt=0, le=60)] = 8.0
    log_lines: bool = False
    """Each line said and heard is logged, without what is about somebody."""


class DeviceSetting(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A self-check or sorter of others, which speaks SIP2."""

    name: Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]*$")]
    """Its name among the stations."""
    branch: str
    user: str
    password: Path
    """A file with one line, for the hub's own user only."""
    institution: str = ""
    encoding: str = "utf-8"
    renews: bool = False
    """A checkout of what the patron has already may renew it."""
    lists_without_pin: bool = False
    """Whoever has a card's number is told what is lent on it."""


class Sip2ServerSetting(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where devices of others speak SIP2 to the hub."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 6001
    certificate: Path | None = None
    key: Path | None = None
    """Both: TLS. None: in clear, for a private line only."""
    idle_seconds: Annotated[float, Meta(gt=0, le=86_400)] = 600.0
    connections_max: Annotated[int, Meta(ge=1, le=1000)] = 64
    device: list[DeviceSetting] = field(default_factory=list)


class EnrolmentSetting(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How machines become stations by asking the hub."""

    authority: Path
    """Folder of the authority's ca.key and ca.pem."""
    broker_host: str
    """The broker as stations find it."""
    broker_port: Port = 8883
    site: str = ""
    """The public site's address, which stands on receipts."""
    accept: Literal["token", "technician"] = "token"
    """What lets a station in: its token, or somebody's word besides."""


class PhrasesSetting(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stations will say, rendered beforehand."""

    folder: Path
    """Not precious: what is lost is rendered again."""
    voice: list[VoiceSetting] = field(default_factory=list)


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
    catalogue: OwnSetting | Sip2Setting = OwnSetting()
    sip2: Sip2ServerSetting | None = None
    """None where no device of others speaks to the hub."""
    phrases: PhrasesSetting | None = None
    """None where stations make all sound themselves."""
    enrolment: EnrolmentSetting | None = None
    """None where nobody becomes a station by asking."""
    erase_after: Literal["commit", "backup"] = "commit"
    """When a station may erase a fact: once it is here, or once a verified backup has it."""


def load(path: Path) -> HubConfig:
    """Return the settings in *path*; what is wrong is a `ConfigError` that says where."""
    config = settings.load(path, HubConfig)
    if config.zone not in available_timezones():
        near = difflib.get_close_matches(config.zone, available_timezones(), n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"{path}: `zone` is not a time zone: {config.zone!r}{meant}")
    _check(path, config.catalogue)
    if config.sip2 is not None:
        _check_devices(path, config.sip2)
    return msgspec.structs.replace(config, database=_database(path, config.database))


def _check(path: Path, catalogue: OwnSetting | Sip2Setting) -> None:
    if isinstance(catalogue, OwnSetting):
        return
    if not _says_lines(catalogue.encoding):
        raise ConfigError(
            f"{path}: `[catalogue] encoding` is not an encoding for SIP2: {catalogue.encoding!r}; "
            "library systems use utf-8, cp850 or latin-1"
        )
    if bool(catalogue.user) != (catalogue.password is not None):
        raise ConfigError(
            f"{path}: `[catalogue]` has one of `user` and `password` (a file): set both or none"
        )
    if catalogue.ca is not None and not catalogue.tls:
        raise ConfigError(f"{path}: `[catalogue] ca` is of no use without `tls = true`")
    for name in ("user", "institution", "location"):
        if not set(getattr(catalogue, name)).isdisjoint("|\r\n"):
            raise ConfigError(f"{path}: `[catalogue] {name}` has a sign that SIP2 cannot say")


def _check_devices(path: Path, sip2: Sip2ServerSetting) -> None:
    if (sip2.certificate is None) != (sip2.key is None):
        raise ConfigError(f"{path}: `[sip2]` has one of `certificate` and `key`: set both or none")
    for what in ("name", "user"):
        told = [getattr(each, what) for each in sip2.device]
        if twice := {each for each in told if told.count(each) > 1}:
            raise ConfigError(f"{path}: two `[[sip2.device]]` have the {what} {min(twice)!r}")
    for each in sip2.device:
        if not _says_lines(each.encoding):
            raise ConfigError(
                f"{path}: `[[sip2.device]] {each.name}`: {each.encoding!r} is not an encoding for "
                "SIP2; devices use utf-8, cp850 or latin-1"
            )


def _says_lines(encoding: str) -> bool:
    try:
        return "AB|\r".encode(encoding) == b"AB|\r"
    except LookupError:
        return False


def _database(path: Path, asked: str) -> str:
    try:
        url = make_url(asked)
        url.get_dialect().import_dbapi()
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(f"{path}: `database` is not a URL: {asked!r}") from error
    except ImportError as error:
        raise ConfigError(f"{path}: `database` needs a driver: {error}") from error
    if url.get_backend_name() == "sqlite" and url.database:
        file = (path.parent / url.database).resolve()
        if not file.parent.is_dir():
            raise ConfigError(f"{path}: `database`: there is no folder {file.parent}")
        url = url.set(database=str(file))
    return url.render_as_string(hide_password=False)
