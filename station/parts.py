"""What a station is put together from, and what its carriers put in the inbox."""

import queue
import time
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct, field

from circulation.messages import Order, OrderDone
from circulation.tags.content import TagContent
from circulation.utterances import Utterance
from station.clock import Clock
from station.events import Event, Place
from station.gatekeeping import Switcher
from station.keeping import Keeper
from station.notebook import Notebook
from station.phrases.store import Kept
from station.questions import Questions
from station.settings_file import SettingsFile
from station.shelf import ShelfStore
from station.uplink.port import News

INBOX_MAX = 1000


class Mouth(Protocol):
    """What the decider needs of whoever speaks."""

    def say(
        self,
        utterance: Utterance,
        *,
        ui_language: str,
        touched_mono: float | None,
        wpm: int,
        after: bool,
        tell: Callable[[], None] | None = None,
    ) -> int:
        """Speak *utterance* at *wpm* words a minute: now, or *after* what is being spoken.

        *tell* is called, on any thread, once it was heard to its end.
        """
        ...

    def hush(self) -> None:
        """Stop speaking at once."""
        ...

    def earcon(self, name: str) -> None:
        """Play a short sound."""
        ...

    def volume(self, steps: int) -> None:
        """Change the volume, or reset it where *steps* is 0."""
        ...

    def faults(self) -> dict[str, str]:
        """Return why there is no sound or no voice, by the code of each fault."""
        ...


class StatusLamp(Protocol):
    """What the decider needs of the lamp."""

    def show(self, pattern: str) -> None:
        """Show *pattern* until the next."""
        ...


class Parts(Struct, frozen=True):
    """What a station is put together from."""

    keeper: Keeper
    shelf: ShelfStore
    notebook: Notebook
    clock: Clock
    mouth: Mouth
    lamp: StatusLamp
    questions: Questions
    gates: Switcher
    settings: SettingsFile
    chore: Callable[[Order], None]
    """Begins what takes time; `OrderEnded` comes when it has ended."""


class OrderEnded(Struct, frozen=True):
    """What takes time has come to an end."""

    done: OrderDone


class TagCame(Struct, frozen=True):
    """A reader carrier has a tag with readable content at *place*."""

    place: Place
    content: TagContent
    mono: float = field(default_factory=time.monotonic)
    """Seconds, when it was carried: what is heard of it is measured from here."""


class TagTorn(Struct, frozen=True):
    """A reader carrier has a tag at *place* that it cannot read."""

    place: Place
    uid: str


class Fault(Struct, frozen=True):
    """A part reports a fault by its *code*, or that it is mended."""

    code: str
    present: bool
    message: str = ""


Note = Event | News | TagCame | TagTorn | Fault | OrderEnded | Kept


class Inbox(queue.Queue[Note | None]):
    """What has happened and is not decided on yet; there before whoever decides."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__(INBOX_MAX)

    def tell(self, note: Note) -> None:
        """Put *note* in; where it is full for a second, the caller's thread ends."""
        self.put(note, timeout=1.0)
