"""Which printed book the region also has as a talking book."""

from collections.abc import Iterable

from msgspec import structs

from circulation.identifiers import TitleId
from circulation.messages import ShelfTitle

_PRINTED = frozenset({"book", "ebook"})
_Work = tuple[str, str, str, str]


def with_talking_books(titles: Iterable[ShelfTitle]) -> list[ShelfTitle]:
    """Return *titles*, each printed one with the talking book of the same words, if there is one.

    The same words are the same title, part, author and language: another edition will do, a
    translation will not.
    """
    known = list(titles)
    spoken: dict[_Work, TitleId] = {}
    for title in known:
        if title.kind == "talking_book":
            spoken.setdefault(_work(title), title.id)
    return [
        structs.replace(title, talking_book=spoken.get(_work(title)))
        if title.kind in _PRINTED
        else title
        for title in known
    ]


def _work(title: ShelfTitle) -> _Work:
    return (
        title.title.casefold(),
        title.part.casefold(),
        title.author.casefold(),
        title.language,
    )
