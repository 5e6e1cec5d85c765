"""What can go wrong on purpose, and who is expected to mend it."""

import msgspec

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError)
"""What a decoder raises on a stranger's bytes, however deep or large."""


class CirculationError(Exception):
    """Something this product raises on purpose; the message says what and what to do."""


class ConfigError(CirculationError, ValueError):
    """A setting that a technician must mend; the program ends with exit status 78."""


class MessageError(CirculationError, ValueError):
    """Bytes that are not of the agreed form: quarantined and counted, never lost."""


class NewerMessageError(MessageError):
    """A message of a newer version than this program reads: kept whole and named."""


class ForgedError(MessageError):
    """A message whose signature is not that of the one it names."""
