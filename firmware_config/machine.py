"""All the files that make a Raspberry Pi OS the machine of a station, from its kit."""

from collections.abc import Iterator

from msgspec import Struct

from firmware_config import boot, devices, renewal, units, upkeep, window
from firmware_config.errors import KitError
from firmware_config.kit import Kit
from firmware_config.lint import problems


class MachineFile(Struct, frozen=True):
    """One file: where it goes and what it says."""

    path: str
    text: str


class Surroundings(Struct, frozen=True, kw_only=True):
    """What is so of the place and not of the kit."""

    web_port: int = 8080
    management: list[str] = []
    """Networks from which SSH is let in, such as `10.20.0.0/16`."""
    time_servers: list[str] = []


def files(kit: Kit, around: Surroundings) -> list[MachineFile]:
    """Return what a machine with *kit* differs in; a simulated one only in its service."""
    return [MachineFile(path, text) for path, text in _files(kit, around)]


def _files(kit: Kit, around: Surroundings) -> Iterator[tuple[str, str]]:
    yield units.STATION, units.station_unit(kit)
    yield renewal.SERVICE, renewal.service(units.HARDENED)
    yield renewal.TIMER, renewal.timer()
    yield upkeep.JOURNALD, upkeep.journald()
    if kit.wholly_simulated:
        return
    yield boot.CONFIG, _config(kit)
    yield devices.UDEV, devices.udev_rules()
    yield devices.ASOUND, devices.asound_conf(kit)
    yield units.SYSTEM, units.system_conf()
    yield upkeep.DATA_MOUNT, upkeep.data_mount()
    yield window.PROGRAM_MOUNT, window.program_mount()
    yield window.START, window.start()
    yield window.NIGHT, window.night()
    yield window.TIMER, window.timer()
    yield upkeep.NFTABLES, upkeep.nftables(around.management)
    yield upkeep.CHRONY, upkeep.chrony(around.time_servers)
    yield upkeep.CHRONY_OPTIONS, upkeep.chrony_options()
    yield upkeep.CLOCK_MOUNT, upkeep.clock_mount()
    yield upkeep.UPDATES, upkeep.updates()
    if kit.screen:
        yield units.KIOSK, units.kiosk_unit(around.web_port)
        yield units.POLICY, units.kiosk_policy(around.web_port)


def _config(kit: Kit) -> str:
    lines = boot.config_lines(kit)
    if wrong := list(problems(lines)):
        raise KitError(f"kit {kit.name}: the firmware would misread {boot.CONFIG}: {wrong[0]}")
    return "\n".join(lines) + "\n"
