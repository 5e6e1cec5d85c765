"""What the Raspberry Pi's firmware and kernel are told before anything of ours runs."""

from firmware_config.kit import Kit, KitScreen

CONFIG = "/boot/firmware/fingertopp.txt"
"""Included by config.txt in one line, so that the rest stays the system's own."""
_SECTIONS = {"pi4": "[pi4]", "pi5": "[pi5]", "zero2": "[pi02]"}
"""What the firmware calls each board; lines of a section are read on no other board."""


def config_lines(kit: Kit) -> list[str]:
    """Return *kit*'s lines for config.txt, each once; a wholly simulated kit has none.

    What only one board has stands in its section: a card that is moved to another board leaves
    the other's lines unread.
    """
    if kit.wholly_simulated:
        return []
    lines = [*_spi(kit), *_sound(kit), "dtoverlay=disable-bt", "dtparam=watchdog=on"]
    board = _of_the_board(kit)
    return [*lines, _SECTIONS[kit.board], *board, "[all]"] if board else lines


def _of_the_board(kit: Kit) -> list[str]:
    if kit.board == "pi5":
        # The board's own clock is kept by a small battery, which the firmware charges.
        return ["dtparam=rtc_bbat_vchg=3000000"]
    if kit.board == "zero2":
        # 512 MB: nothing is drawn there, so the graphics get what they cannot do without.
        return ["gpu_mem=16"]
    return [] if kit.sound.overlay else ["dtparam=audio=on"]


def cmdline_words(kit: Kit) -> list[str]:
    """Return the words that the kernel's command line must have besides its own.

    They are added and nothing is taken away, for the line names the root partition; of two that
    contradict each other the kernel believes the later.
    """
    if kit.wholly_simulated:
        return []
    # The data partition is not laid under the overlay, or each fact would be gone after a boot.
    words = ["fsck.repair=yes", "panic=10", "overlayroot=tmpfs:recurse=0"]
    return words + _of_a_screen(kit.screen) if kit.screen else words


def _of_a_screen(screen: KitScreen) -> list[str]:
    words = ["quiet", "logo.nologo", "vt.global_cursor_default=0"]
    if screen.connection == "dsi":
        return words
    # D says that a screen is there, also where it is switched on after the board.
    return [f"video=HDMI-A-1:{screen.width_px}x{screen.height_px}@60D", *words]


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
    overlay = kit.sound.overlay
    return [f"dtoverlay={overlay}", "dtparam=audio=off"] if overlay else []
