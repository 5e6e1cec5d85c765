"""What is to be spoken: chunks of text, each in a language of its own."""

from msgspec import Struct


class Chunk(Struct, frozen=True):
    """A run of words in one *language* (`sv`, `en`, `fi` ..., as BCP 47 has it)."""

    text: str
    language: str


Utterance = tuple[Chunk, ...]
"""Chunks spoken one after another; a switch of voice falls between them."""


def text_of(utterance: Utterance) -> str:
    """Return all words of *utterance*."""
    return " ".join(chunk.text for chunk in utterance)
