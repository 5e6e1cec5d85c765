"""The list of the sound a branch's stations are to have ready, and how it is fetched."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from circulation.errors import MessageError

PHRASES = "/phrases"
"""Where files are asked for by their SHA-256; see docs/explanation/phrases.md."""
ASKED_MAX = 256
ANSWER_BYTES_MAX = 2 << 20
FILE_BYTES_MAX = 1 << 20
"""Of one phrase: five minutes of speech."""

WORDS_BYTES = 16
_HASH_BYTES = 32
_SIZE_BYTES = 4
_ENTRY_BYTES = WORDS_BYTES + _HASH_BYTES + _SIZE_BYTES
_LENGTH_BYTES = 4


class Entry(NamedTuple):
    """One phrase: what its *words* are called, its file's SHA-256 and its *size* in bytes."""

    words: bytes
    sha256: bytes
    size: int


def encode(entries: Iterable[Entry]) -> bytes:
    """Return *entries*, the most wanted first, as a file."""
    return b"".join(
        entry.words + entry.sha256 + entry.size.to_bytes(_SIZE_BYTES, "big") for entry in entries
    )


def decode(body: bytes) -> list[Entry]:
    """Return the entries of a list; raises `MessageError` for a file that is none."""
    if len(body) % _ENTRY_BYTES:
        raise MessageError("a list of phrases that breaks off")
    return [_entry(body[at : at + _ENTRY_BYTES]) for at in range(0, len(body), _ENTRY_BYTES)]


def _entry(raw: bytes) -> Entry:
    size = int.from_bytes(raw[-_SIZE_BYTES:], "big")
    if not 0 < size <= FILE_BYTES_MAX:
        raise MessageError(f"a list of phrases with one of {size} bytes")
    return Entry(raw[:WORDS_BYTES], raw[WORDS_BYTES:-_SIZE_BYTES], size)


def framed(files: Iterable[bytes]) -> Iterator[bytes]:
    """Give *files* as they are sent: each after its length in four bytes."""
    for file in files:
        yield len(file).to_bytes(_LENGTH_BYTES, "big") + file


def unframed(body: bytes, size_max: int) -> dict[bytes, bytes]:
    """Return the whole files in *body* by their SHA-256; what breaks off at the end is left out.

    Raises `MessageError` for a file of more than *size_max* bytes.
    """
    files, at = {}, 0
    while at + _LENGTH_BYTES <= len(body):
        size = int.from_bytes(body[at : at + _LENGTH_BYTES], "big")
        at += _LENGTH_BYTES
        if size > size_max:
            raise MessageError(f"a file of {size} bytes among phrases")
        if at + size > len(body):
            break
        file = body[at : at + size]
        files[hashlib.sha256(file).digest()] = file
        at += size
    return files
