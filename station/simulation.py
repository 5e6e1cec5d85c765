"""The bench's hands and ears: moves the virtual parts of a wholly simulated station."""

import time
from collections.abc import Callable
from typing import Any

from msgspec import structs

from circulation.tags.dump import TagDump
from station.decider import Decider
from station.events import ButtonPressed, Place
from station.mouth.mouth import Mouth
from station.panel.panel import Panel
from station.panel.simulated import SimulatedPanel
from station.readers.simulated import SimulatedField
from station.simulated_line import SimulatedLine

LIFT_SECONDS = 0.6
"""Nobody lifts a tag and lays it down again in less; a reader sees it gone within this time."""


class Simulation:
    """What a person at the bench can do; all of it passes through the real drivers."""

    def __init__(
        self,
        decider: Decider,
        mouth: Mouth,
        *,
        field: SimulatedField,
        panel: Panel,
        hand: SimulatedPanel,
        plug: SimulatedLine,
        tags: list[TagDump],
        scan: Callable[[str], None] | None,
    ) -> None:
        """Move *field*, *panel* by *hand*, and *plug*; *tags* lie ready, *scan* reads a barcode."""
        self._scan = scan
        self._decider = decider
        self._mouth = mouth
        self._field = field
        self._panel = panel
        self._hand = hand
        self._plug = plug
        self._tags = {tag.name: tag for tag in tags}
        self._names = {tag.uid: tag.name for tag in tags}
        self._lifted: dict[str, float] = {}

    def tags(self) -> list[dict[str, str]]:
        """Return every tag there is to place, this branch's books before others'."""
        own = self._decider.badge.branch
        kept = ("name", "kind", "title", "patron", "pin", "branch")
        ordered = sorted(self._tags.values(), key=lambda tag: tag.branch not in ("", own))
        return [
            {name: getattr(tag, name) for name in kept if getattr(tag, name)} for tag in ordered
        ]

    def readers(self) -> list[str]:
        """Return the readers of the kit."""
        return [place.value for place in self._field.places]

    def placed(self) -> dict[str, list[str]]:
        """Return the names of the tags on each reader."""
        return {
            place.value: [self._names[uid] for uid in self._field.lying(place)]
            for place in self._field.places
        }

    def place(self, reader: str, tag: str) -> None:
        """Put *tag* on *reader*, no faster than a hand can; it leaves the reader it lay on."""
        uid = self._tags[tag].uid
        # A reader that never missed the tag would take it for the same one, lying still.
        time.sleep(max(0.0, self._lifted.get(uid, 0.0) + LIFT_SECONDS - time.monotonic()))
        self._field.place(Place(reader), self._tags[tag])

    def remove(self, reader: str, tag: str) -> None:
        """Take *tag* from *reader*."""
        uid = self._tags[tag].uid
        self._field.remove(Place(reader), uid)
        self._lifted[uid] = time.monotonic()

    @property
    def has_scanner(self) -> bool:
        """Return whether the kit has a scanner."""
        return self._scan is not None

    def scan(self, text: str) -> None:
        """Hold a barcode with *text* to the scanner."""
        if self._scan is not None:
            self._scan(text)

    def key(self, key: str) -> None:
        """Press and let go *key*."""
        self._hand.press(key)

    def press(self, button: str) -> None:
        """Press the button *button* of the present screen."""
        self._decider.tell(ButtonPressed(button=button))

    def plug(self, inside: bool) -> None:
        """Plug headphones in, or pull them out."""
        self._hand.plug(headphones=inside)

    def line(self, up: bool) -> None:
        """Pull the network plug, or put it back."""
        self._plug.plug(up=up)

    def lamp(self) -> str:
        """Return the pattern that the status lamp shows."""
        return self._panel.pattern

    def headphones(self) -> bool:
        """Return True while headphones are in."""
        return self._panel.headphones

    def line_up(self) -> bool:
        """Return True while the network plug is in."""
        return self._plug.plugged

    def heard(self) -> list[dict[str, Any]]:
        """Return what was spoken, oldest first."""
        return [structs.asdict(heard) for heard in self._mouth.heard()]

    def wav(self, heard: int) -> bytes | None:
        """Return the sound of what was heard, or None where it is not kept."""
        return self._mouth.wav(heard)

    def owed(self) -> int:
        """Return how many facts the hub has yet to acknowledge."""
        return self._decider.owed()
