"""The lines of /boot/firmware/config.txt that follow from a kit."""

from firmware_config.kit import Kit


def config_lines(kit: Kit) -> list[str]:
    """Return *kit*'s lines for config.txt, each once; a wholly simulated kit has none."""
    if kit.wholly_simulated:
        return []
    return [*_spi(kit), *_sound(kit), "dtoverlay=disable-bt", "dtparam=watchdog=on"]


def _spi(kit: Kit) -> list[str]:
    devices: dict[int, list[int]] = {0: [], 1: []}
    for reader in kit.readers:
        if not reader.virtual:
            devices[reader.bus].append(reader.device)
    lines = ["dtparam=spi=on"] if devices[0] else []
    if len(devices[0]) == 2:
        lines.append("dtoverlay=spi0-2cs")
    if devices[1]:
        lines.append(f"dtoverlay=spi1-{max(devices[1]) + 1}cs")
    return lines


def _sound(kit: Kit) -> list[str]:
    if not kit.sound.overlay:
        return ["dtparam=audio=on"]
    return [f"dtoverlay={kit.sound.overlay}", "dtparam=audio=off"]
