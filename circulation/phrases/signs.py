"""What a shelf sign says when it is touched."""

from circulation.phrases.languages import voice_language
from circulation.phrases.numbers import Ui
from circulation.phrases.reading import as_read
from circulation.utterances import Chunk


def in_words_for(text: str, text_en: str, language: str, ui: Ui) -> Chunk:
    """Return a sign as it stands there for visitors of *ui*: in English where it has such words.

    *language* is a MARC code.
    """
    if ui == "en" and text_en:
        return Chunk(text_en, "en")
    return Chunk(text, voice_language(language, ui))


def spoken_sign(text: str, text_en: str, language: str, ui: Ui) -> Chunk:
    """Return a sign as it is said to visitors of *ui*."""
    seen = in_words_for(text, text_en, language, ui)
    return Chunk(as_read(seen.text, seen.language), seen.language)
