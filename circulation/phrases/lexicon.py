"""How words that a voice says wrong are to be said, as librarians have it."""

import re
from collections.abc import Iterable

from circulation.messages import ShelfSaying
from circulation.phrases.reading import as_read
from circulation.utterances import Chunk, Utterance


class Lexicon:
    """Words, names or whole titles, each with how it is said; one of a language or of all.

    The longest that fits is taken, whole words only, great letters or small; what was put in is
    not looked at again.
    """

    def __init__(self, sayings: Iterable[ShelfSaying] = ()) -> None:
        """Go by *sayings*; of two about the same words in one language the last stands."""
        self._sayings = tuple(sayings)
        self._said: dict[str, dict[str, str]] = {}
        self._patterns: dict[str, re.Pattern[str]] = {}

    def __bool__(self) -> bool:
        """Return whether anything is said otherwise than it is written."""
        return bool(self._sayings)

    def said(self, utterance: Utterance) -> Utterance:
        """Return *utterance* as it is to be given to the voices."""
        if not self:
            return utterance
        return tuple(Chunk(self._in(chunk), chunk.language) for chunk in utterance)

    def _in(self, chunk: Chunk) -> str:
        words = self._words(chunk.language)
        if not words:
            return chunk.text
        pattern = self._patterns[chunk.language]
        # A search takes İ and ı for i; they are other letters, and of another word.
        return pattern.sub(lambda found: words.get(found[0].casefold(), found[0]), chunk.text)

    def _words(self, language: str) -> dict[str, str]:
        if language not in self._said:
            # What is of all languages gives way to what is of this one.
            fitting = sorted(
                (each for each in self._sayings if each.language in ("", language)),
                key=lambda each: bool(each.language),
            )
            # Looked for as the voice would have been given it: "Karl XII" is said in words.
            words = {as_read(each.written, language).casefold(): each.said for each in fitting}
            self._said[language] = words
            longest_first = sorted(words, key=len, reverse=True)
            every = "|".join(map(re.escape, longest_first))
            self._patterns[language] = re.compile(rf"(?<!\w)(?:{every})(?!\w)", re.I)
        return self._said[language]


AS_WRITTEN = Lexicon()
"""Nothing is said otherwise than it is written."""
