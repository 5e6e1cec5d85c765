"""A wireless network's name and password, out of a file; a wrong one would be found far away."""

import json
import re
from pathlib import Path

from circulation.errors import ConfigError

SSID_BYTES_MAX = 32
PASSWORD_BYTES = range(8, 64)
"""IEEE 802.11, annex J.4: so many make a passphrase; 64 hexadecimal digits are the key itself."""
_KEY = re.compile("[0-9A-Fa-f]{64}")
_SHAPE = '{"ssid": "...", "password": "..."}'


def read_wifi(path: Path) -> tuple[str, str]:
    """Return name and password of the network that the JSON file *path* tells of."""
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
        ssid, password = told["ssid"], told["password"]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError):
        # Not the error itself: it may show the password.
        raise ConfigError(f"{path}: must be {_SHAPE}") from None
    if not isinstance(ssid, str) or not isinstance(password, str) or len(told) != 2:
        raise ConfigError(f"{path}: must be {_SHAPE}, each in quotes, and nothing else")
    if not 1 <= _bytes(ssid) <= SSID_BYTES_MAX:
        raise ConfigError(f"{path}: `ssid` must have 1 to {SSID_BYTES_MAX} letters")
    if _bytes(password) not in PASSWORD_BYTES and not _KEY.fullmatch(password):
        least, most = PASSWORD_BYTES[0], PASSWORD_BYTES[-1]
        raise ConfigError(f"{path}: `password` must have {least} to {most} letters")
    return ssid, password


def _bytes(text: str) -> int:
    return len(text.encode(errors="replace"))
