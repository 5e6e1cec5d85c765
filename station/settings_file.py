"""The settings in force, as the hub signed them: what disk or stranger has changed is set aside."""

import os
from collections.abc import Callable
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from circulation import messages, signing
from circulation.errors import ConfigError, ForgedError, MessageError
from circulation.messages import Settings
from circulation.sealing import SealingKey
from station.identity import load_sealing_key
from station.journal_file import sync_folder

log = structlog.get_logger()

NAME = "settings.json"
BEFORE = "settings.json.before"


class Trusted(Struct, frozen=True):
    """Whose settings for which lane are believed, and whose word for a sealing key."""

    topic: str
    hub_name: str
    hub_key: ec.EllipticCurvePublicKey
    authorities: Callable[[], list[ec.EllipticCurvePublicKey]]
    """Of the region, read when it is asked: another may take its place meanwhile."""


class SettingsFile:
    """The signed settings in a station's data folder, and those before them; one thread calls."""

    def __init__(self, folder: Path, trusted: Trusted) -> None:
        """Go by the newest in *folder* that are whole; others are set aside whole, and named."""
        self._path, self._before = folder / NAME, folder / BEFORE
        self._trusted = trusted
        self.problem = ""
        """What is wrong with the settings on the disk, empty where nothing is."""
        found = [self._read(path) for path in (self._path, self._before)]
        whole = [each for each in found if each is not None]
        self.in_force: Settings | None = max(whole, key=lambda each: each.version, default=None)

    def _read(self, path: Path) -> Settings | None:
        try:
            return self._believed(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            self.problem = f"{path.name} cannot be read: {error.strerror}"
        except MessageError as error:
            self.problem = f"{path.name} was set aside: {error}"[:200]
            path.rename(path.with_name(f"{path.name}.damaged-{path.stat().st_mtime_ns}"))
        log.error("settings_not_read", problem=self.problem)
        return None

    def _believed(self, frame: bytes) -> Settings:
        signed = signing.unwrap(frame)
        if signed.by != self._trusted.hub_name:
            raise ForgedError("settings that are not from the hub")
        body = signing.verify(self._trusted.topic, signed, self._trusted.hub_key)
        settings = messages.decode(body, Settings)
        self._key(settings)
        return settings

    def _key(self, settings: Settings) -> SealingKey | None:
        if settings.sealing is None:
            return None
        key = signing.vouched(settings.sealing, self._trusted.authorities())
        try:
            return load_sealing_key(key.id, key.public)
        except ConfigError as error:
            raise MessageError(f"sealing key {key.id!r} seals nothing") from error

    @property
    def version(self) -> int:
        """The version in force, -1 where there are no settings."""
        return self.in_force.version if self.in_force else -1

    def sealing_key(self) -> SealingKey | None:
        """Return what the settings in force have facts sealed to, None where they do not say."""
        return self._key(self.in_force) if self.in_force else None

    def take(self, frame: bytes) -> bool:
        """Go by the settings in *frame*, once they would survive pulling the plug.

        Returns False where they are in force already. Raises `MessageError` for what the hub did
        not sign, for a key that the authority does not vouch for, and for a version that is not
        above the one in force. Where the disk takes nothing they are gone by until the end.
        """
        settings = self._believed(frame)
        if settings == self.in_force:
            return False
        if settings.version <= self.version:
            raise MessageError(
                f"settings of version {settings.version}; {self.version} is in force"
            )
        self.in_force = settings
        try:
            self._keep(frame)
            self.problem = ""
        except OSError as error:
            self.problem = f"{NAME} cannot be written: {error.strerror}"
        return True

    def _keep(self, frame: bytes) -> None:
        new = self._path.with_name(f"{NAME}.new")
        with new.open("wb") as file:
            file.write(frame)
            file.flush()
            os.fsync(file.fileno())
        if self._path.exists():
            self._path.replace(self._before)
        new.replace(self._path)
        sync_folder(self._path.parent)
