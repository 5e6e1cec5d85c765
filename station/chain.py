"""Which rows of a journal its chain vouches for, and what is sent in place of the others."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from circulation import envelopes
from circulation.errors import MessageError
from circulation.facts import Lost
from circulation.identifiers import StationId
from circulation.instants import Instant
from circulation.sealing import SealingKey


class Row(Struct, frozen=True):
    """One fact as a disk gives it."""

    seq: int
    envelope: bytes
    hash: str
    was: str = ""
    """Where the envelope is a `Lost` in place of another: the hash of that other one."""

    @property
    def named(self) -> str:
        """The hash by which the envelope after it knows it."""
        return self.was or self.hash

    @property
    def whole(self) -> bool:
        """Whether the bytes are still those that were hashed."""
        return envelopes.digest(self.envelope) == self.hash


class Damage(Struct, frozen=True):
    """A number whose row is gone, or is not what the chain says it was."""

    seq: int
    prev: str
    """The hash of the fact before it, empty where nobody can tell."""
    hash: str
    """Its own hash by the word of the fact after it, empty where nobody can tell."""
    envelope: bytes = b""
    """Its bytes where only the hash beside them is damaged."""

    def sentence(self) -> str:
        """Return what a technician should know of it."""
        if self.envelope:
            return f"Fact {self.seq} is whole, but the hash beside it is damaged."
        return f"Fact {self.seq} cannot be read any more."


def damages(
    rows: Iterable[Row], *, first: int, newest: int, head: str, prev: str = ""
) -> Iterator[Damage]:
    """Yield every number from *first* to *newest* that the chain does not vouch for.

    *rows* come in order; *head* is the hash that the next fact would name as its `prev`, and
    *prev* that of the fact before *first*, where it is known.
    """
    found = iter(rows)
    row = next(found, None)
    prev = envelopes.GENESIS if first == 1 else prev
    for seq in range(first, newest + 1):
        here = row if row is not None and row.seq == seq else None
        if here is not None:
            row = next(found, None)
        after = _prev(row) if row is not None and row.seq == seq + 1 else ""
        hash_ = after or _last_word(here, head if seq == newest else "")
        if here is None or not here.whole or here.named != hash_:
            yield _damage(seq, here, prev, hash_)
        prev = hash_


def _prev(row: Row) -> str:
    """Return what *row* says was before it, empty where its own bytes are damaged."""
    if not row.whole:
        return ""
    try:
        return envelopes.address(row.envelope).prev
    except MessageError:
        return ""


def _last_word(row: Row | None, head: str) -> str:
    """Return a fact's hash where none after it can be asked."""
    if row is None or (head and not row.whole):
        return head
    return row.named


def _damage(seq: int, row: Row | None, prev: str, hash_: str) -> Damage:
    as_named = row is not None and envelopes.digest(row.envelope) == hash_
    return Damage(seq, prev, hash_, row.envelope if row is not None and as_named else b"")


def substitutes(
    found: Iterable[Damage], *, at: Instant, station: StationId, epoch: int, key: SealingKey
) -> Iterator[Row]:
    """Yield a `Lost` for each of *found* that cannot be saved.

    It takes its fact's place in the chain, and vouches for the hash that the fact had.
    """
    made = ""
    for each in found:
        if each.envelope:
            continue
        raw = envelopes.enclose(
            Lost(at=at, seq=each.seq, hash=each.hash),
            station=station,
            epoch=epoch,
            seq=each.seq,
            prev=each.prev or made,
            key=key,
        )
        made = envelopes.digest(raw)
        yield Row(each.seq, raw, made, was=each.hash)
