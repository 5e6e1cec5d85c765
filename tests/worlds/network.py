"""A broker and lines that lose, double, delay, reorder and tear what they carry."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from circulation import topics

if TYPE_CHECKING:
    from tests.worlds.stations import SimStation
    from tests.worlds.world import World

CARRY_MS_MAX = 300


class SimLine:
    """One connection of one station, from birth to whatever ends it."""

    def __init__(self, world: "World", station: "SimStation") -> None:
        self._world = world
        self.station = station
        self.open = True

    def subscribe(self, topic: str, qos: int) -> None:
        self._world.broker.subscribed(self, topic)

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool = False) -> None:
        self.station.effect("publish")
        if self.open:
            self._world.broker.from_station(topic, payload, qos=qos, retain=retain)

    def nudge(self) -> None:
        self._world.later(1, self.station.carry)


class SimBroker:
    """Routes by topic and keeps what is retained; dies like any other, and promises nothing."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._lines: dict[str, SimLine] = {}
        self._wills: dict[str, tuple[str, bytes]] = {}
        self._retained: dict[str, bytes] = {}
        self.up = True
        self._life = 0

    # --- the stations' side ----------------------------------------------------------------

    def reachable(self, station: "SimStation") -> bool:
        return self.up and station.line_up

    def connect(self, station: "SimStation", will: tuple[str, bytes]) -> SimLine:
        self.lost(station.id)
        line = SimLine(self._world, station)
        self._lines[station.id] = line
        self._wills[station.id] = will
        return line

    def lost(self, station: str) -> None:
        """Note that *station*'s line has broken: its will is said."""
        line = self._lines.pop(station, None)
        if line is None:
            return
        line.open = False
        if self.up:
            self.from_station(*self._wills[station], qos=1, retain=True)

    def subscribed(self, line: SimLine, topic: str) -> None:
        if (payload := self._retained.get(topic)) is not None:
            self._carry(lambda: self._deliver(line, topic, payload))

    def from_station(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        if retain:
            self._retained[topic] = payload
        self._through(qos, payload, lambda body: self._world.hub.receive(topic, body))

    # --- the hub's side --------------------------------------------------------------------

    def from_hub(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        if not self.up:
            return
        if retain:
            self._retained[topic] = payload
        station = topics.parse(topic).station

        def arrive(body: bytes) -> None:
            if (line := self._lines.get(station)) is not None:
                self._deliver(line, topic, body)

        self._through(qos, payload, arrive)

    def hub_subscribed(self) -> None:
        hub = self._world.hub
        for topic, payload in sorted(self._retained.items()):
            if topics.parse(topic).lane in topics.FROM_STATION:
                self._through(1, payload, lambda body, t=topic: hub.receive(t, body, retained=True))

    # --- misfortune ------------------------------------------------------------------------

    def die(self) -> None:
        """Vanish with everything on the way; what was retained may be gone too."""
        self.up = False
        self._life += 1
        lines, self._lines = self._lines, {}
        for line in lines.values():
            line.open = False
            self._world.later(self._world.rng.randrange(50, 2_000), line.station.line_lost)
        if self._world.rng.random() < 0.5:
            self._retained.clear()
        self._world.count("broker died")

    def rise(self) -> None:
        self.up = True
        self.hub_subscribed()

    def _through(self, qos: int, payload: bytes, arrive: Callable[[bytes], None]) -> None:
        world, rng = self._world, self._world.rng
        times = 1
        if world.misfortune:
            if rng.random() < 0.06:
                # A PUBACK promises nothing: QoS 1 is lost as well.
                world.count("lost")
                times = 0
            elif qos and rng.random() < 0.08:
                world.count("doubled")
                times = 2
            if times and rng.random() < 0.02:
                world.count("torn")
                payload = _torn(payload, int(rng.random() * len(payload)), rng.random() < 0.5)
        for _ in range(times):
            self._carry(lambda: arrive(payload))

    def _carry(self, arrive: Callable[[], None]) -> None:
        life = self._life

        def there() -> None:
            if self.up and self._life == life:
                arrive()

        slow = self._world.misfortune and self._world.rng.random() < 0.1
        if slow:
            self._world.count("delayed")
        self._world.later(self._world.rng.randrange(1, 20_000 if slow else CARRY_MS_MAX), there)

    def _deliver(self, line: SimLine, topic: str, payload: bytes) -> None:
        if line.open:
            line.station.hears(line, topic, payload)


def _torn(payload: bytes, at: int, shortened: bool) -> bytes:
    if shortened:
        return payload[:at]
    return payload[:at] + bytes([payload[at] ^ 0x20]) + payload[at + 1 :]
