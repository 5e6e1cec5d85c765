"""The shape of a screen: what the page draws, the voice says and the bench reports."""

from msgspec import Struct

from circulation.phrases.texts import Phrase
from circulation.utterances import Utterance
from station.visit import State


class Button(Struct, frozen=True, kw_only=True):
    """Something that can be pressed."""

    id: str
    text: str
    primary: bool = False


class ScreenRow(Struct, frozen=True, kw_only=True):
    """One book; *status* is `ok`, `stop` or `info` and becomes icon, word and colour."""

    status: str
    status_word: str
    text: str
    text_lang: str
    detail: str


class Screen(Struct, frozen=True, kw_only=True):
    """Everything that is seen and said in one state."""

    state: State
    lang: str
    branch: str
    heading: str
    lines: tuple[str, ...]
    rows: tuple[ScreenRow, ...]
    buttons: tuple[Button, ...]
    tools: tuple[Button, ...]
    """Text size, contrast and language: in the same place on every screen."""
    focus: str | None
    """The button that the keys have chosen."""
    pin_filled: int | None
    proof: str
    qr: str
    """What the QR beside the proof holds; empty where there is none."""
    seconds_left: int | None
    seconds_warned: int
    """How long a warning lasts in all."""
    spoken: Utterance
    """For headphones: every visible word."""
    spoken_loud: Utterance
    """For the speaker: no title, no digit of a card, no loan or hold."""
    theme: str
    large: bool

    @property
    def pressable(self) -> tuple[Button, ...]:
        """Return every button in the order in which the keys reach it."""
        return self.buttons + self.tools


class RowWords(Struct, frozen=True, kw_only=True):
    """A row before it is parted into sight and sound."""

    status: str
    title: str
    language: str
    """BCP 47, of the title."""
    detail: Phrase
    loud: Phrase | None = None
    """What a bystander may hear of it."""


class Page(Struct, frozen=True, kw_only=True):
    """A state's content before it is parted into sight and sound."""

    heading: Phrase
    lines: tuple[Phrase, ...] = ()
    rows: tuple[RowWords, ...] = ()
    hint: Phrase | None = None
    loud: Phrase | None = None
    """Said over the speaker instead of heading, lines and rows, where these are private."""
