"""A whole station for the pages: the real session, simple parts, a hub that says yes."""

import threading
from contextlib import contextmanager

from msgspec.structs import replace

from circulation.utterances import text_of
from circulation.verdicts import Accepted, Reason, Refused
from station.effects import (
    AskAccount,
    AskCard,
    AskWrite,
    RecordCheckin,
    RecordCheckout,
    Say,
    Settle,
)
from station.events import (
    AccountAnswered,
    BookPlaced,
    ButtonPressed,
    CardAnswered,
    HeadphonesChanged,
    KeyPressed,
    LineChanged,
    Place,
    Pointed,
    Recorded,
    TagTaken,
    WriteAnswered,
)
from tests.station.rehearsal import (
    CARD,
    DUE,
    EMMA,
    LEJONHJARTA,
    NATTER,
    PROOF,
    RONJA,
    Rehearsal,
    loan_of,
)

BOOKS = {"Bröderna Lejonhjärta": LEJONHJARTA, "Ronja": RONJA, "Nätter": NATTER, "Emma": EMMA}


class RehearsedStation(Rehearsal):
    """Serves the kiosk page and the bench as a station's app does, in memory."""

    px_per_mm = 5.9
    size_px = (1280, 800)
    has_screen = True

    def __init__(self, **world: object) -> None:
        super().__init__(**world)
        self._changed = threading.Condition()
        self._version = 0
        self.on_readers: dict[str, list[str]] = {"card": [], "pad": [], "finger": []}
        self.stopped = False

    def happens(self, *events):
        made = ()
        for event in events:
            made = super().happens(event)
            if hasattr(self, "on_readers"):
                self._answer(made)
        self._tell()
        return made

    def _tell(self) -> None:
        if hasattr(self, "_changed"):
            with self._changed:
                self._version += 1
                self._changed.notify_all()

    def _answer(self, effects) -> None:
        for effect in effects:
            match effect:
                case AskCard(ask=ask):
                    self.happens(CardAnswered(ask=ask, refused=None, holds_ready=1))
                case AskAccount(ask=ask):
                    loans = (loan_of("1", "Emil i Lönneberga"), loan_of("2", "Mio, min Mio"))
                    self.happens(
                        AccountAnswered(
                            ask=ask,
                            refused=None,
                            loans=loans,
                            holds_ready=1,
                            holds_waiting=2,
                            fees_ore=0,
                        )
                    )
                case AskWrite(ask=ask, item=item):
                    reserved = item in (NATTER.item, "2")
                    verdict = Refused(Reason.RESERVED) if reserved else Accepted(DUE)
                    self.happens(WriteAnswered(ask=ask, verdict=verdict))
                case Settle(ask=ref) | RecordCheckin(ref=ref) | RecordCheckout(ref=ref):
                    self.happens(Recorded(ref=ref, proof=PROOF))

    # --- KioskHost

    def screen(self):
        return self.shown

    @contextmanager
    def changes(self):
        yield self._versions()

    def stop_changes(self):
        self.stopped = True
        self._tell()

    def _versions(self):
        seen = -1
        while not self.stopped:
            with self._changed:
                if self._version == seen:
                    self._changed.wait(timeout=0.5)
                seen = self._version
            yield None

    def press(self, *buttons):
        return self.happens(*(ButtonPressed(button=name) for name in buttons))

    def key(self, key):
        self.happens(KeyPressed(key=key))

    def health(self):
        return {"ok": True, "state": self.session.state}

    # --- BenchHost

    has_scanner = True

    def scan(self, text):
        self.scanned = text

    def tags(self):
        books = [
            {"name": name, "kind": "book", "title": each.title.title}
            for name, each in BOOKS.items()
        ]
        return [{"name": "Vera", "kind": "card", "patron": "Vera Ek", "pin": "1234"}, *books]

    def readers(self):
        return list(self.on_readers)

    def placed(self):
        return self.on_readers

    def place(self, reader, tag):
        for other in self.on_readers.values():
            if tag in other:
                other.remove(tag)
        self.on_readers[reader].append(tag)
        if tag == "Vera":
            self.happens(CARD)
        elif reader == "pad":
            self.happens(BookPlaced(book=BOOKS[tag]))
        else:
            self.happens(Pointed(book=BOOKS[tag]))

    def remove(self, reader, tag):
        self.on_readers[reader].remove(tag)
        uid = CARD.uid if tag == "Vera" else BOOKS[tag].uid
        self.happens(TagTaken(place=Place(reader), uid=uid))

    def plug(self, inside):
        self.happens(HeadphonesChanged(plugged=inside))

    def line(self, up):
        self.world = replace(self.world, line_up=up)
        self.happens(LineChanged(up=up))

    def lamp(self):
        return self.session.lamp

    def headphones(self):
        return self.session.headphones

    def line_up(self):
        return self.world.line_up

    def heard(self):
        private = self.session.headphones
        spoken = [say.private if private else say.loud for say in self.all(Say)]
        return [
            {
                "id": number,
                "text": text_of(words),
                "lang": words[0].language,
                "engine": "espeak",
                "ms_to_first_sound": 3.0,
                "cut": number < len(spoken) - 1,
            }
            for number, words in enumerate(spoken)
        ]

    def wav(self, heard):
        return b"RIFF....WAVE" if heard < len(self.all(Say)) else None

    def owed(self):
        return len(self.all(Settle))
