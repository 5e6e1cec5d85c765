"""Who may open a station's devices, and which sound card its voice comes from."""

from firmware_config.kit import Kit

UDEV = "/etc/udev/rules.d/99-fingertopp.rules"
ASOUND = "/etc/asound.conf"
CARDS = {
    "": "Headphones",
    "hifiberry-dac": "sndrpihifiberry",
    "i2s-dac": "sndrpii2scard",
    "googlevoicehat-soundcard": "sndrpigooglevoi",
    "max98357a": "MAX98357A",
}
"""The name that ALSA gives the card of each overlay; "" is the board's own jack."""

_RULES = """\
# Only a station's own user reaches its readers, pins and scanners.
SUBSYSTEM=="spidev", GROUP="spi", MODE="0660"
SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"
SUBSYSTEM=="input", KERNEL=="event*", GROUP="input", MODE="0660"
"""


def udev_rules() -> str:
    """Return the rules that give each device to the group of its kind."""
    return _RULES


def asound_conf(kit: Kit) -> str:
    """Return what makes *kit*'s card the default, by its name: numbers change between boots."""
    card = CARDS[kit.sound.overlay]
    return f"""\
# The card is mixed, so that a short sound does not wait for the end of a sentence.
pcm.!default {{
  type plug
  slave.pcm "mixed"
}}
pcm.mixed {{
  type dmix
  ipc_key 20261
  ipc_perm 0660
  slave {{
    pcm "hw:CARD={card}"
    rate 48000
    period_size 1024
    buffer_size 4096
  }}
}}
ctl.!default {{
  type hw
  card "{card}"
}}
"""
