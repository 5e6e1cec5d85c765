"""One station's settings file, as a technician would write it by hand."""

import base64
import json
from pathlib import Path

from msgspec import Struct

from circulation.sealing import SealingKey
from provisioning.bench_tags import OWNERS
from provisioning.demo.ports import HOST
from provisioning.demo.stations import DemoStation


class Surroundings(Struct, frozen=True, kw_only=True):
    """What a station finds around it: hub, broker, public site, where speech is kept."""

    hub_name: str
    sealing: SealingKey
    broker_port: int
    portal_url: str
    speech_to: Path | None = None


def station_toml(station: DemoStation, around: Surroundings, *, web_port: int, epoch: int) -> str:
    """Return the settings of *station*; the files that it names lie beside it."""
    tables: dict[str, dict[str, object]] = {
        "": {
            "station": station.id,
            "number": station.number,
            "partition": station.partition,
            "branch": station.branch,
            "kit": station.kit,
            "data": "data",
            "portal_url": around.portal_url,
            "isils": sorted(OWNERS.values()),
        },
        "hub": {"name": around.hub_name, "certificate": "hub.pem", "ca": "ca.pem"},
        "sealing": {
            "id": around.sealing.id,
            "public": base64.b64encode(around.sealing.public).decode("ascii"),
        },
        "identity": {
            "key": "key.pem",
            "certificate": "certificate.pem",
            "card_key": "card.key",
            "epoch": epoch,
        },
        "broker": {"host": HOST, "port": around.broker_port, "tls": False},
        "web": {"host": HOST, "port": web_port},
        "speech": _speech(station, around),
        "phrases": {"site": around.portal_url},
        "bench": {"tags": "../tags.json"},
    }
    return "\n".join(_table(name, values) for name, values in tables.items())


def _speech(station: DemoStation, around: Surroundings) -> dict[str, object]:
    to = {"to": str(around.speech_to / station.id)} if around.speech_to else {}
    return {"sink": "auto", **to}


def _table(name: str, values: dict[str, object]) -> str:
    head = [f"[{name}]"] if name else []
    # TOML writes strings, numbers and truth values just as JSON does
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join([*head, *lines, ""])
