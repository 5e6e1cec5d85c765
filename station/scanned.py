"""A scanned text as if a tag had said it: where it lies, what it says, and that it has gone."""

from circulation import barcodes
from circulation.barcodes import Kind, Numbers
from circulation.tags.content import TagContent, Usage
from station.events import Place, TagTaken
from station.parts import TagCame

UID = "barcode"
FORMAT = "barcode"


def notes(place: Place, text: str, numbers: Numbers) -> list[TagCame | TagTaken]:
    """Return what a station is told of *text*, scanned at *place*.

    A loan card is a card wherever it is scanned. A barcode lies nowhere, so it goes as it comes;
    only what is said of one that cannot be read stays.
    """
    scanned = barcodes.read(text, numbers)
    match scanned.kind:
        case Kind.CARD:
            at = Place.CARD
            content = _content(scanned.number, usage=Usage.PATRON_CARD)
        case Kind.ITEM:
            at, content = place, _content(scanned.number)
        case Kind.UNREADABLE:
            return [TagCame(place, _content("?", crc_held=False))]
        case Kind.ISBN | Kind.UNKNOWN:
            return [TagCame(place, _content(""))]
    return [TagCame(at, content), TagTaken(place=at, uid=UID)]


def _content(
    number: str, *, usage: Usage | None = None, crc_held: bool | None = None
) -> TagContent:
    return TagContent(uid=UID, format=FORMAT, number=number, usage=usage, crc_held=crc_held)
