"""Stored phrases: what a sentence is called, and where a station looks for its sound."""

import hashlib
from typing import Protocol

from circulation.phrase_list import WORDS_BYTES
from speech.engine import WPM_DEFAULT

WPM_STORED = WPM_DEFAULT
"""The one rate that is stored; at others the engines speak."""


def words(sentence: str, language: str) -> bytes:
    """Return what *sentence* in *language* is called: 16 bytes of SHA-256."""
    return hashlib.sha256(f"{language}\0{sentence}".encode()).digest()[:WORDS_BYTES]


class Phrases(Protocol):
    """Where sound lies that was made before; any thread may call."""

    def sound(self, called: bytes) -> bytes | None:
        """Return the Opus file of the phrase *called* so, None where it is not here."""

    def damaged(self, called: bytes) -> None:
        """Forget a phrase that does not decode, so that it is fetched again."""


class NoPhrases:
    """A station without any."""

    def sound(self, called: bytes) -> bytes | None:
        """Return None."""

    def damaged(self, called: bytes) -> None:
        """Do nothing."""
