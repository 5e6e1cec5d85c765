"""The numbers by which libraries know things, as types of their own."""

from typing import Annotated, NewType

from msgspec import Meta

ItemId = NewType("ItemId", str)
"""One copy's number, as in its tag's primary item identifier (SIP2 field AB)."""

CardNumber = NewType("CardNumber", str)
"""One loan card's number (SIP2 field AA as a terminal reads it)."""

PatronId = NewType("PatronId", str)
"""Who borrows; known to the hub only."""

TitleId = NewType("TitleId", str)
"""A bibliographic record's control number (MARC 001)."""

BranchCode = NewType("BranchCode", str)
"""A library, by its own short code, such as `VIN`."""

StationId = NewType("StationId", str)
"""One of our machines, such as `vindeln-1`; also its MQTT user and certificate name."""

Number = Annotated[int, Meta(ge=0, lt=1 << 62)]
"""A count, or a place in a sequence, that every database holds."""
