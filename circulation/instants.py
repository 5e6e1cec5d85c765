"""Time as a machine without a battery clock can state it."""

from msgspec import Struct


class Instant(Struct, frozen=True, forbid_unknown_fields=True):
    """When something happened, by a clock that says whether it can be trusted.

    *wall_ms* is UTC milliseconds since 1970, *mono_ms* milliseconds since the boot named *boot*.
    """

    wall_ms: int
    mono_ms: int
    boot: str
    trusted: bool
