"""Phrases in memory, as a station keeps them on disk."""

from dataclasses import dataclass, field

from speech import opus, stored
from speech.engine import Cut, sentences


@dataclass
class Phrasebook:
    """What was rendered, by its words; remembers what it was told is damaged."""

    files: dict[bytes, bytes] = field(default_factory=dict)
    told_damaged: list[bytes] = field(default_factory=list)

    def sound(self, called):
        return self.files.get(called)

    def damaged(self, called):
        self.told_damaged.append(called)
        self.files.pop(called, None)

    @classmethod
    def spoken_by(cls, voices, texts):
        """Return a book of *texts* (with their languages) as *voices* speak them."""
        book = cls()
        for text, language in texts:
            for sentence in sentences(text):
                said = voices.speak(sentence, language, stored.WPM_STORED, Cut())
                sound = b"".join(each.pcm for each in said)
                book.files[stored.words(sentence, language)] = opus.encoded(sound)
        return book
