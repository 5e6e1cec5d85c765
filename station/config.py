"""What a technician sets for one station, in TOML; paths are beside the file that names them."""

import os
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from circulation import settings
from circulation.barcodes import Numbers
from circulation.identifiers import StationId
from circulation.settings import Lane, Port
from circulation.tags.isil import ISIL
from speech.voice_setting import VoiceSetting

SAME_KEY_MS_MAX = 1_000
"""EN 301 549, 5.8, asks for half a second at least."""
Isil = Annotated[str, Meta(pattern=f"^{ISIL.pattern}$")]
Loudspeaker = Annotated[float, Meta(ge=65, le=89)]
"""What one must reach, and the most from which `station.mouth.volume` can go down to 65 dBA."""
Octet = Annotated[int, Meta(ge=0, le=0xFF)]


class HubSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom this station believes."""

    name: str
    certificate: Path
    ca: Path
    site: str = ""
    """Where a new certificate is asked for, https; empty: nobody renews it."""


class SealingSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """The hub's public sealing key: *public* is base64 of 32 bytes."""

    id: str
    public: bytes


class IdentitySetting(Struct, frozen=True, forbid_unknown_fields=True):
    """This station's own key, certificate and card key, and its first epoch."""

    key: Path
    certificate: Path
    card_key: Path
    epoch: int = 1


class BrokerSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the MQTT broker listens; with *tls* this station shows its certificate."""

    host: str
    port: Port = 8883
    tls: bool = True
    ca: Path | None = None


class WebSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the kiosk's page is served; port 0 takes any free one."""

    host: str = "127.0.0.1"
    port: Port = 0


class SpeechSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Sound out: *sink* is auto, aplay or null; *to* a folder for a WAV of all that is said."""

    sink: str = "auto"
    device: str = "default"
    """What ALSA calls where sound goes, such as `plughw:Headphones`."""
    speaker_dba: Loudspeaker | None = None
    """What was measured where the head is, at full volume; None where there is no loudspeaker."""
    to: Path | None = None
    voice: list[VoiceSetting] = field(default_factory=list)


class KeysSetting(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How patient the keys are."""

    same_key_ms: Annotated[int, Meta(ge=0, le=SAME_KEY_MS_MAX)] = 0
    """How long the same key is not heard again after it was pressed."""


class PhrasesSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Sound that was rendered beforehand: fetched at *site*, https, empty: at the hub's site."""

    site: str = ""
    budget_mb: Annotated[int, Meta(ge=0, le=100_000)] = 500
    """How much of it is kept, in millions of bytes; 0: none."""


class GateSetting(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a gate listens for on a tag (AFI): *armed* in the library, *released* on loan."""

    armed: Octet = 0x07
    released: Octet = 0xC2
    count: bool = False
    """Whether loans and returns are counted on tags with room."""


class BenchSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """The simulated tags that lie beside a simulated station."""

    tags: Path


class StationConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """One station's settings file."""

    station: StationId
    number: Annotated[int, Meta(ge=1)]
    partition: Lane
    branch: str
    kit: str
    data: Path
    """Folder of the journal, the shelf and the notebook."""
    hub: HubSetting
    sealing: SealingSetting
    identity: IdentitySetting
    broker: BrokerSetting
    tag_keys: Path | None = None
    """The secret that opens the branch's own tags; only its owner may read it."""
    zone: str = "Europe/Stockholm"
    portal_url: str = ""
    isils: list[Isil] = field(default_factory=list)
    """Of the region's libraries: a book whose tag names another is neither lent nor taken back."""
    staff_cards: list[str] = field(default_factory=list)
    """Numbers of the staff's service cards: one on the reader has the station say what is wrong."""
    web: WebSetting = WebSetting()
    speech: SpeechSetting = SpeechSetting()
    phrases: PhrasesSetting = PhrasesSetting()
    barcodes: Numbers = Numbers()
    gate: GateSetting = GateSetting()
    keys: KeysSetting = KeysSetting()
    bench: BenchSetting | None = None


def load(path: Path) -> StationConfig:
    """Return the settings in *path*; what is wrong is a `ConfigError` that says where."""
    config = settings.load(path, StationConfig)
    given = os.environ.get("CREDENTIALS_DIRECTORY", "")
    return with_credentials(config, Path(given)) if given else config


def with_credentials(config: StationConfig, given: Path) -> StationConfig:
    """Return *config* with those secrets in *given* that systemd has put there under their names.

    Source: systemd.exec(5), `LoadCredential=`. The files that the settings name are root's then.
    """
    identity = config.identity
    secrets = {
        name: given / path.name
        for name, path in (("key", identity.key), ("card_key", identity.card_key))
        if (given / path.name).exists()
    }
    tag_keys = config.tag_keys
    if tag_keys is not None and (given / tag_keys.name).exists():
        tag_keys = given / tag_keys.name
    return replace(config, identity=replace(identity, **secrets), tag_keys=tag_keys)
