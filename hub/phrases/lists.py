"""Which phrases a branch's stations are offered, the most wanted first."""

from collections.abc import Iterable, Mapping, Sequence

from circulation.identifiers import BranchCode, TitleId
from circulation.phrase_list import Entry, encode
from hub.phrases.store import Rendered
from hub.phrases.wanted import Sentence, Spoken, in_order

LISTED_BYTES_MAX = 1 << 30
"""Of sound in one list: no station has room for more."""


def of_branch(wanted: Iterable[Sentence], rendered: Mapping[bytes, Rendered]) -> bytes:
    """Return the list of what is *wanted*, in its order; what is not *rendered* is left out."""
    entries, size = [], 0
    for sentence in wanted:
        found = rendered.get(sentence.words)
        if found is None or not found.size:
            continue
        size += found.size
        if size > LISTED_BYTES_MAX:
            break
        entries.append(Entry(sentence.words, found.sha256, found.size))
    return encode(entries)


def by_branch(
    own: Sequence[Sentence],
    spoken: Sequence[Spoken],
    copies: Mapping[BranchCode, frozenset[TitleId]],
    rendered: Mapping[bytes, Rendered],
) -> dict[str, bytes]:
    """Return the list of every branch in *copies*: what is said of its own titles comes first.

    Before all titles come the stations' *own* sentences; *spoken* are the newest first.
    """
    return {
        branch: of_branch(in_order(own, spoken, here), rendered) for branch, here in copies.items()
    }
