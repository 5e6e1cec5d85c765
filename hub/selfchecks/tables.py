"""What devices asked that led to a fact, and what they were told: a repeat is told the same."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table

from hub.database import METADATA

device_request = Table(
    "device_request",
    METADATA,
    # A hash of device, message, transaction date, patron and item.
    Column("key", String, primary_key=True),
    Column("device", String, nullable=False, index=True),
    # Of the fact that it led to, in the device's lane.
    Column("seq", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    # None until it is known what to tell.
    Column("answer", LargeBinary),
)
