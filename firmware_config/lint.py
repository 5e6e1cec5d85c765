"""What the Raspberry Pi's firmware would misread in config.txt, without a word of its own."""

import re
from collections.abc import Iterator

LINE_LETTERS_MAX = 98
"""The firmware reads no further in a line of config.txt."""
SECTIONS = frozenset({"all", "none", "pi4", "pi5", "pi02", "pi0w", "cm4", "cm5", "tryboot"})
"""The filters that this product may use; a misspelt one would hide all that follows."""
_SETTING = re.compile(r"[a-z][a-z0-9_]*=[^\s=][^\s]*")
_MANY = frozenset({"dtoverlay", "dtparam", "include", "gpio"})
"""Settings that may stand several times: each adds to the others."""


def problems(lines: list[str]) -> Iterator[str]:
    """Yield a sentence for each line that the firmware would cut, skip or overrule.

    Source: the firmware's documentation of config.txt (file format, conditional filters).
    """
    section, seen = "all", set()
    for number, line in enumerate(lines, start=1):
        if len(line) > LINE_LETTERS_MAX:
            yield f"line {number} has {len(line)} letters; {LINE_LETTERS_MAX} are read"
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            if line != f"[{section}]" or section not in SECTIONS:
                yield f"line {number} is no filter that the firmware knows: {line}"
            continue
        if not _SETTING.fullmatch(line):
            yield f"line {number} is no setting (name=value, no spaces): {line}"
            continue
        name = line.partition("=")[0]
        key = (section, line if name in _MANY else name)
        if key in seen:
            yield f"line {number} says again what stands before it: {line}"
        seen.add(key)
