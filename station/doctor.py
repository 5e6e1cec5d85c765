"""What is wrong with this station, in plain words, with the next thing to do."""

import json
import os
import shutil
import socket
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from msgspec import Struct

from circulation.authorities import signed_by
from circulation.certificates import is_due, public_der
from circulation.errors import CirculationError, ConfigError
from firmware_config.kit import load_kit
from station import faults, identity, inspection
from station.clock import MachineHands
from station.config import StationConfig, load
from station.reachability import CONNECT_SECONDS_MAX, Obstacle, obstacle, proxy_obstacle

FREE_BYTES_MIN = 64 << 20
_TLS = 443
_TIME = "look whether the network gives it the time (chronyc tracking); NTP is UDP port 123"


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at: *wrong* is empty where it is good."""

    what: str
    wrong: str = ""
    todo: str = ""


def examine(path: Path, now: datetime) -> Iterator[Finding]:
    """Yield what was found with the station whose settings are in *path*; nothing is changed."""
    try:
        config = load(path)
    except ConfigError as error:
        yield Finding(what="settings", wrong=str(error), todo="mend that line of the settings")
        return
    yield Finding(what="settings")
    yield from examine_all(config, now)


def examine_all(config: StationConfig, now: datetime) -> Iterator[Finding]:
    """Yield what was found with the station of these settings."""
    for what, look in _LOOKS.items():
        yield _found(what, look, config, now)


def _found(
    what: str,
    look: Callable[[StationConfig, datetime], Finding],
    config: StationConfig,
    now: datetime,
) -> Finding:
    try:
        return look(config, now)
    except (CirculationError, OSError, ValueError) as error:
        return Finding(what=what, wrong=str(error), todo="see what the sentence names")


def _kit(config: StationConfig, _now: datetime) -> Finding:
    kit = load_kit(config.kit)
    missing = [f"/dev/spidev{one.bus}.{one.device}" for one in kit.readers if not one.virtual]
    missing = [device for device in missing if not Path(device).exists()]
    if missing:
        todo = "look whether SPI is on (the machine's files), and start the machine anew"
        return Finding(what="kit", wrong=f"there is no {', '.join(missing)}", todo=todo)
    return Finding(what="kit")


def _clock(config: StationConfig, now: datetime) -> Finding:
    begun = _certificate(config).not_valid_before_utc
    if now < begun:
        wrong = f"it is {now:%Y-%m-%d %H:%M} by this machine, and was {begun:%Y-%m-%d} before"
        return Finding(what="clock", wrong=wrong, todo=_TIME)
    # At its very first start the time may still be on its way.
    kept = config.data / "notebook.json"
    if kept.exists() and not MachineHands().synchronised():
        return Finding(what="clock", wrong="no time server vouches for the time", todo=_TIME)
    return Finding(what="clock")


def _own_certificate(config: StationConfig, now: datetime) -> Finding:
    own, what = _certificate(config), "certificate"
    names = [
        str(each.value) for each in own.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    ]
    if names != [config.station]:
        wrong = f"it is for {names[0] if names else 'nobody'}, not for {config.station}"
        return Finding(what=what, wrong=wrong, todo="reissue this station")
    key = identity.load_key(config.identity.key).public_key()
    if public_der(key) != public_der(own.public_key()):  # type: ignore[arg-type]
        wrong = "it is for another key than the one beside it"
        return Finding(what=what, wrong=wrong, todo="reissue this station")
    if not signed_by(own, identity.load_authorities(config.hub.ca)):
        wrong = "the region's authority has not signed it"
        return Finding(what=what, wrong=wrong, todo="reissue this station")
    ends = own.not_valid_after_utc
    if now > ends:
        return Finding(what=what, wrong=f"it ended on {ends:%Y-%m-%d}", todo=_renew(config))
    begun = own.not_valid_before_utc <= now
    if begun and is_due(own, now) and not config.hub.site:
        return Finding(what=what, wrong=f"it ends on {ends:%Y-%m-%d}", todo=_renew(config))
    return Finding(what=what)


def _renew(config: StationConfig) -> str:
    return "run `python -m station renew`" if config.hub.site else "reissue this station"


def _hub(config: StationConfig, _now: datetime) -> Finding:
    identity.load_hub_key(config.hub.certificate, config.hub.ca, config.hub.name)
    return Finding(what="hub's certificate")


def _disk(config: StationConfig, _now: datetime) -> Finding:
    folder = config.data if config.data.exists() else config.data.parent
    if not os.access(folder, os.W_OK):
        return Finding(what="disk", wrong=f"{folder} cannot be written", todo="look at its mount")
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES_MIN:
        wrong = f"{free >> 20} MiB are free on {folder}"
        return Finding(what="disk", wrong=wrong, todo="see what fills it: it stops lending first")
    return Finding(what="disk")


def _journal(config: StationConfig, _now: datetime) -> Finding:
    if not (config.data / inspection.NAME).exists():
        return Finding(what="journal")
    if found := inspection.damages(config.data):
        todo = "bring what can be read to the hub: `python -m station journal export`"
        return Finding(what="journal", wrong=found[0], todo=todo)
    return Finding(what="journal")


def _broker(config: StationConfig, _now: datetime) -> Finding:
    broker, own = config.broker, config.identity
    if not broker.tls:
        with socket.create_connection((broker.host, broker.port), CONNECT_SECONDS_MAX):
            return Finding(what="broker")
    shown = (own.certificate, own.key)
    return _told("broker", obstacle(broker.host, broker.port, ca=broker.ca, identity=shown))


def _site(config: StationConfig, _now: datetime) -> Finding:
    if not config.hub.site:
        return Finding(what="hub's site")
    site = urlsplit(config.hub.site)
    found = obstacle(site.hostname or "", site.port or _TLS, ca=config.hub.ca)
    return _told("hub's site", found)


def _proxy(_config: StationConfig, _now: datetime) -> Finding:
    return _told("proxy", proxy_obstacle())


def _told(what: str, found: Obstacle | None) -> Finding:
    return Finding(what=what, wrong=found.wrong, todo=found.todo) if found else Finding(what=what)


def _readers(config: StationConfig, _now: datetime) -> Finding:
    """Return what a running station says of its own parts; one that does not run says nothing."""
    if not config.web.port:
        return Finding(what="readers")
    url = f"http://{config.web.host}:{config.web.port}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_SECONDS_MAX) as answer:
            codes = json.loads(answer.read(64 << 10))["faults"]
    except (OSError, ValueError, KeyError):
        return Finding(what="readers")
    if not codes:
        return Finding(what="readers")
    told = ", ".join(f"{faults.PLAIN.get(code, 'something is wrong')} ({code})" for code in codes)
    return Finding(what="readers", wrong=told, todo="see docs/reference/station-faults.md")


def _sound(config: StationConfig, _now: datetime) -> Finding:
    if config.speech.sink == "null":
        return Finding(what="sound")
    if shutil.which("aplay") is None:
        return Finding(what="sound", wrong="there is no aplay", todo="install alsa-utils")
    cards = Path("/proc/asound/cards")
    if not cards.exists() or "no soundcards" in cards.read_text(encoding="ascii"):
        todo = "look whether the sound card is in its place, and start the machine anew"
        return Finding(what="sound", wrong="the machine sees no sound card", todo=todo)
    return Finding(what="sound")


def _certificate(config: StationConfig) -> x509.Certificate:
    return x509.load_pem_x509_certificate(config.identity.certificate.read_bytes())


_LOOKS = {
    "kit": _kit,
    "clock": _clock,
    "certificate": _own_certificate,
    "hub's certificate": _hub,
    "disk": _disk,
    "journal": _journal,
    "sound": _sound,
    "readers": _readers,
    "proxy": _proxy,
    "broker": _broker,
    "hub's site": _site,
}
