"""Time as a machine without a battery clock can state it."""

from typing import Annotated

from msgspec import Meta, Struct

from circulation.identifiers import Number

WallMs = Annotated[int, Meta(ge=0, lt=253_370_764_800_000)]
"""UTC milliseconds since 1970, before the year 9999: every calendar has a day for it."""


class Instant(Struct, frozen=True, forbid_unknown_fields=True):
    """When something happened, by a clock that says whether it can be trusted.

    *wall_ms* is UTC milliseconds since 1970, *mono_ms* milliseconds since the boot named *boot*.
    """

    wall_ms: WallMs
    mono_ms: Number
    boot: str
    trusted: bool
