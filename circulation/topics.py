"""The names of the lanes on the broker: fingertopp/1/<partition>/<station>/<lane>."""

from typing import NamedTuple

from circulation.errors import MessageError
from circulation.identifiers import StationId

ROOT = "fingertopp/1"

FACTS = "facts"
ACKS = "acks"
ASK = "ask"
ANSWER = "answer"
STATE = "state"
SHELF_WANT = "shelf/want"
SHELF_PART = "shelf/part"
SETTINGS = "settings"
SETTINGS_IN_FORCE = "settings/in_force"
ORDERS = "orders"
ORDERS_DONE = "orders/done"
EXPORT = "export"
"""What the lines of an export are signed for; never on a broker."""

FROM_STATION = (FACTS, ASK, STATE, SHELF_WANT, SETTINGS_IN_FORCE, ORDERS_DONE)
FROM_HUB = (ACKS, ANSWER, SHELF_PART, SETTINGS, ORDERS)


class Lane(NamedTuple):
    """Where a topic leads."""

    partition: str
    station: StationId
    lane: str


def topic(partition: str, station: StationId, lane: str) -> str:
    """Return the topic of *station*'s *lane*."""
    return f"{ROOT}/{partition}/{station}/{lane}"


def parse(name: str) -> Lane:
    """Return where topic *name* leads, or raise `MessageError`."""
    parts = name.split("/", 4)
    if len(parts) != 5 or "/".join(parts[:2]) != ROOT or parts[4] not in FROM_STATION + FROM_HUB:
        raise MessageError(f"no lane of ours: {name!r}")
    return Lane(parts[2], StationId(parts[3]), parts[4])
