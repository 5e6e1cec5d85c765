"""What a tag means here: tag content and the shelf become an event for the session."""

from typing import Protocol

from circulation.identifiers import CardNumber, ItemId, TitleId
from circulation.messages import ShelfItem, ShelfSign, ShelfTitle
from circulation.tags.content import IDENTITY_ONLY, TagContent, Usage
from station.events import (
    Alarm,
    Book,
    BookPlaced,
    CardTouched,
    Event,
    Place,
    Pointed,
    SignPointed,
    StrangeTag,
)

_MAY_LEAVE = frozenset(
    {None, Usage.CIRCULATING, Usage.NO_INFORMATION, Usage.LOCAL_3, Usage.LOCAL_4}
)
"""What a tag may say of itself where a book is lent and nobody can be asked.

Libraries give the local codes meanings of their own: there the shelf alone decides.
"""


class Shelf(Protocol):
    """What recognition asks of the shelf."""

    def item(self, item: ItemId) -> ShelfItem | None:
        """Return the copy, None where it is not known here."""
        ...

    def title(self, title: TitleId) -> ShelfTitle | None:
        """Return the title, None where it is not known here."""
        ...

    def sign(self, sign: str) -> ShelfSign | None:
        """Return the shelf sign, None where it is not known here."""
        ...


class Cards(Protocol):
    """What recognition asks about loan cards."""

    def known_offline(self, card: CardNumber) -> bool:
        """Return whether *card* may borrow while the line is down."""
        ...

    def used_today(self, card: CardNumber) -> int:
        """Return how many loans *card* has made today while the line was down."""
        ...


def recognise(
    place: Place,
    content: TagContent,
    shelf: Shelf,
    cards: Cards,
    *,
    ours: frozenset[str] = frozenset(),
    counts: bool = False,
) -> Event:
    """Return the event of a tag with *content* coming to *place*.

    *ours* are the ISILs of the region's libraries; where none are given no book is foreign. With
    *counts* a tag's count of its loans goes with the book.
    """
    if not content.number or content.crc_held is False:
        return _strange(place, content)
    if content.usage is Usage.PATRON_CARD:
        return _card(place, content, cards)
    if (sign := shelf.sign(content.number)) is not None:
        return _sign(place, content, sign)
    if place is Place.CARD:
        return StrangeTag(place=place, uid=content.uid, kind="unknown")
    book = _book(content, shelf, ours, counts=counts)
    if book.foreign and place is Place.FINGER:
        return StrangeTag(place=place, uid=content.uid, kind="foreign")
    if book.title is None and place is Place.FINGER:
        return StrangeTag(place=place, uid=content.uid, kind="foreign")
    if place is Place.PAD:
        return BookPlaced(book=book)
    return Pointed(book=book)


def _strange(place: Place, content: TagContent) -> StrangeTag:
    # A block of ours whose sum is wrong was read torn, or written so: never guessed at.
    kind = "unreadable" if content.number else "unknown"
    if content.format == IDENTITY_ONLY:
        kind = "identity"
    return StrangeTag(place=place, uid=content.uid, kind=kind)


def _card(place: Place, content: TagContent, cards: Cards) -> Event:
    if place is not Place.CARD:
        return StrangeTag(place=place, uid=content.uid, kind="unknown")
    card = CardNumber(content.number)
    return CardTouched(
        uid=content.uid,
        card=card,
        known_offline=cards.known_offline(card),
        used_today=cards.used_today(card),
    )


def _sign(place: Place, content: TagContent, sign: ShelfSign) -> Event:
    if place is not Place.FINGER:
        return StrangeTag(place=place, uid=content.uid, kind="unknown")
    return SignPointed(text=sign.text, language=sign.language, text_en=sign.text_en)


def _book(content: TagContent, shelf: Shelf, ours: frozenset[str], *, counts: bool) -> Book:
    item = ItemId(content.number)
    known = shelf.item(item)
    alarm = Alarm(uid=content.uid, counter=content.counter if counts else None)
    return Book(
        uid=content.uid,
        item=item,
        title=shelf.title(known.title) if known else None,
        lendable_offline=bool(known and known.lendable and _may_leave(content)),
        asked_about=bool(known and known.asked_about),
        loan_days=known.loan_days if known else 0,
        returnable_offline="return" not in content.not_offline,
        reserved=known.reserved if known else False,
        part=content.part,
        parts=content.parts,
        alarms=(alarm,) if content.afi is not None else (),
        foreign=bool(ours and content.owner) and content.owner not in ours,
    )


def _may_leave(content: TagContent) -> bool:
    return content.usage in _MAY_LEAVE and "loan" not in content.not_offline
