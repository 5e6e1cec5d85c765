"""The region's cards, books and signs as simulated tags for the bench, the good ones first."""

from pathlib import Path

from msgspec import Struct, structs

from circulation.phrases.titles import shelf_title
from circulation.tags.content import Usage
from circulation.tags.dump import TagDump
from circulation.tags.iso28560_3 import encode_basic
from hub.catalogue import policy
from hub.catalogue.fields import Fields, marc_fields
from hub.catalogue.region_files import (
    BranchSettings,
    CardRow,
    HoldRow,
    ItemRow,
    LoanRow,
    PatronRow,
    SignRow,
    read_region,
    read_rows,
)
from hub.catalogue.terms import RuleBook
from provisioning import title_facts
from provisioning.title_facts import TitleFacts
from provisioning.titles import record

# Examples: a library's real ISIL is given to it by the national library.
OWNERS = {
    "umea": "SE-Um",
    "bjurholm": "SE-Bj",
    "nordmaling": "SE-No",
    "robertsfors": "SE-Ro",
    "vindeln": "SE-Vi",
    "vannas": "SE-Va",
}
FOREIGN_OWNER = "DE-705"
FOREIGN_ITEM = "11223344"
_NEAREST = ("vindeln", "bjurholm", "umea")
_VICINITY_BRANCHES = frozenset({"VAN"})
"""Whose station reads ISO 15693: their books have the tags that a library really buys."""
_VICINITY_UID_HEAD = "e00401"
"""ISO 15693, NXP, ICODE SLIX."""
_AFI_IN_LIBRARY, _AFI_ON_LOAN = 0x07, 0xC2
_DSFID_28560_3 = 0x3E
_SIGN_USAGE = Usage.LOCAL_3
_CRC_AT = 19
# An NDEF message of one text record, then the end mark: some other card in the same pocket.
_TRANSIT = b"\x03\x11\xd1\x01\x0dT\x02svResekort A\xfe"


class _Region(Struct, frozen=True, kw_only=True):
    """The files that say what lies on a bench."""

    branches: dict[str, BranchSettings]
    items: list[ItemRow]
    patrons: dict[str, PatronRow]
    cards: list[CardRow]
    holds: list[HoldRow]
    loans: list[LoanRow]
    signs: list[SignRow]
    titles: dict[str, str]

    def owner(self, branch: str) -> str:
        """Return the ISIL on the tags of *branch*."""
        return OWNERS[self.branches[branch].municipality]


def bench_tags(folder: Path) -> list[TagDump]:
    """Return every tag of the region in *folder*: cards, books, signs, then strange ones.

    Within cards and books, those that nothing stops come first, and Vindeln's before others'.
    """
    region = _read(folder)
    cards = sorted(region.cards, key=lambda card: _card_rank(region, card))
    books = sorted(region.items, key=lambda item: _hindered(region, item))
    return [
        *(_card(region, card) for card in cards),
        *(_book(region, item) for item in books),
        *(_sign(region, sign) for sign in region.signs),
        *_others(),
    ]


def _spoken(title: TitleFacts) -> str:
    """Return the title just as screens and voices have it, so that a tag is known again."""
    return shelf_title(marc_fields(Fields(record(title)))).title


def _read(folder: Path) -> _Region:
    titles = title_facts.read(folder / "titles.toml")
    return _Region(
        branches={branch.code: branch for branch in read_region(folder / "region.toml").branch},
        items=read_rows(folder / "items.csv", ItemRow),
        patrons={one.patron: one for one in read_rows(folder / "patrons.csv", PatronRow)},
        cards=read_rows(folder / "cards.csv", CardRow),
        holds=read_rows(folder / "holds.csv", HoldRow),
        loans=read_rows(folder / "loans.csv", LoanRow),
        signs=read_rows(folder / "signs.csv", SignRow),
        titles={title.id: _spoken(title) for title in titles},
    )


def _card_rank(region: _Region, card: CardRow) -> tuple[bool, int]:
    home = region.patrons[card.patron].municipality
    nearest = _NEAREST.index(home) if home in _NEAREST else len(_NEAREST)
    return bool(_trait(region, card)), nearest


def _trait(region: _Region, card: CardRow) -> str:
    """Return what a librarian would remark about *card*, or ""."""
    patron = region.patrons[card.patron]
    loans = sum(loan.patron == card.patron for loan in region.loans)
    remarks = {
        "lost": card.state == "lost",
        patron.state: patron.state != policy.STATE_GOOD,
        "child": patron.kind == "child",
        "fees": patron.fees_ore > 0,
        "loan-limit": loans >= RuleBook().terms().loans,
        "loans": loans > 0,
        "hold-ready": any(h.patron == card.patron and h.item for h in region.holds),
        "hold-waiting": any(h.patron == card.patron for h in region.holds),
    }
    return next((remark for remark, so in remarks.items() if so), "")


def _card(region: _Region, card: CardRow) -> TagDump:
    patron = region.patrons[card.patron]
    owner = OWNERS[patron.municipality]
    return TagDump(
        name="-".join(filter(None, ("card", card.card, _trait(region, card)))),
        kind="card",
        uid=card.uid,
        pages=_block(card.card, Usage.PATRON_CARD, owner).hex(),
        patron=patron.name,
        pin=patron.pin,
    )


def _hindered(region: _Region, item: ItemRow) -> bool:
    """Return whether anything may stand between *item* and its borrower."""
    reserved = any(
        item.item == h.item or (item.title, "") == (h.title, h.item) for h in region.holds
    )
    on_loan = any(item.item == loan.item for loan in region.loans)
    return reserved or on_loan or item.usage != "circulating"


def _book(region: _Region, item: ItemRow) -> TagDump:
    circulating = item.usage == "circulating"
    usage = Usage.CIRCULATING if circulating else Usage.NOT_FOR_CIRCULATION
    book = TagDump(
        name=f"book-{item.item}",
        kind="book",
        uid=item.tag,
        pages=_block(item.item, usage, region.owner(item.branch)).hex(),
        title=region.titles[item.title],
        branch=item.branch,
    )
    if item.branch not in _VICINITY_BRANCHES:
        return book
    on_loan = any(item.item == loan.item for loan in region.loans)
    return structs.replace(
        book,
        chip="slix",
        uid=_VICINITY_UID_HEAD + item.tag[-10:],
        afi=_AFI_ON_LOAN if on_loan else _AFI_IN_LIBRARY,
        dsfid=_DSFID_28560_3,
        eas=not on_loan,
    )


def _sign(region: _Region, sign: SignRow) -> TagDump:
    return TagDump(
        name=f"sign-{sign.sign}",
        kind="sign",
        uid=sign.tag,
        pages=_block(sign.sign, _SIGN_USAGE, region.owner(sign.branch)).hex(),
        title=sign.text.partition(".")[0],
        branch=sign.branch,
    )


def _others() -> list[TagDump]:
    foreign = _block(FOREIGN_ITEM, Usage.CIRCULATING, FOREIGN_OWNER)
    torn = bytearray(foreign)
    torn[_CRC_AT] ^= 0xFF
    memories = {
        "unknown": bytes(len(foreign)),
        "foreign": foreign,
        "half-read": bytes(torn),
        "transit": _TRANSIT,
    }
    return [
        TagDump(name=f"other-{what}", kind="other", uid=f"04f0f0f0f0f0{n:02x}", pages=memory.hex())
        for n, (what, memory) in enumerate(memories.items(), start=1)
    ]


def _block(number: str, usage: Usage, owner: str) -> bytes:
    return encode_basic(number, usage=usage, parts=1, part=1, owner=owner)
