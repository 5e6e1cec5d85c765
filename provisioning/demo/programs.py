"""The demo's programs and the order in which they need each other."""

import shutil
import sys

from circulation.errors import ConfigError
from provisioning.demo import broker
from provisioning.demo.children import Program
from provisioning.demo.folder import DemoFolder
from provisioning.demo.stations import STATIONS
from provisioning.files import write_atomically


def stages(folder: DemoFolder, broker_port: int, kind: str) -> list[list[Program]]:
    """Return broker, hub and stations, each stage to be started when the one before is up."""
    hub = ("-m", "hub", "--config", str(folder.hub_config), "run")
    stations = [
        ("-m", "station", "--config", str(folder.station(station.id) / "station.toml"), "run")
        for station in STATIONS
    ]
    return [
        [_broker(folder, broker_port, kind)],
        [_program(folder, "hub", hub)],
        [
            _program(folder, station.id, command)
            for station, command in zip(STATIONS, stations, strict=True)
        ],
    ]


def _program(folder: DemoFolder, name: str, command: tuple[str, ...]) -> Program:
    ready = folder.run / f"{name}.ready"
    return Program(
        name=name,
        command=(sys.executable, *command, "--ready", str(ready)),
        ready=ready,
        log=folder.log / f"{name}.log",
    )


def _broker(folder: DemoFolder, port: int, kind: str) -> Program:
    if kind == "amqtt":
        return _program(folder, "broker", ("-m", "provisioning.demo.broker", "--port", str(port)))
    found = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        raise ConfigError(
            "mosquitto is not installed; type: sudo apt-get install mosquitto "
            "(or leave --broker out: amqtt needs nothing)"
        )
    write_atomically(folder.mosquitto_config, broker.mosquitto_config(port).encode())
    return Program(
        name="broker",
        command=(found, "-c", str(folder.mosquitto_config)),
        ready=port,
        log=folder.log / "broker.log",
    )
