"""A patron, a card or a copy is entered or altered, one at a time, with who did it."""

import secrets
from collections.abc import Callable
from enum import StrEnum

from msgspec.structs import asdict
from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from circulation.identifiers import CardNumber, ItemId, PatronId, TitleId
from hub.catalogue import aside, branches, log, patrons, pins, rows, tables
from hub.catalogue.answering import answering
from hub.catalogue.feeds.lines import ItemLine, PatronLine
from hub.catalogue.log import Write
from hub.catalogue.patrons import Details
from hub.catalogue.policy import STATE_GOOD
from hub.catalogue.port import StandingChange
from hub.catalogue.staff import LOST
from hub.catalogue.upsert import enter_new

PATRON_ID_BYTES = 8
NUMBER_LETTERS_MAX = 100
PIN_DIGITS = 4
"""As many as the keys of a station take."""


class Wrong(StrEnum):
    """Why nothing was entered."""

    CARD = "card"
    """No card has such a number."""
    CARD_KNOWN = "card_known"
    CARD_UNKNOWN = "card_unknown"
    """The card that is to be replaced."""
    PATRON = "patron"
    ITEM = "item"
    ITEM_KNOWN = "item_known"
    TITLE = "title"
    BRANCH = "branch"
    MUNICIPALITY = "municipality"
    PIN = "pin"
    MEANWHILE = "meanwhile"
    """Somebody else has altered it since it was shown."""
    ON_LOAN = "on_loan"
    COPY = "copy"
    """The title has no such copy."""


def card_number(typed: str) -> CardNumber | Wrong:
    """Return *typed* as a card's number.

    It has at least one letter and at most a hundred, and none that would end a field of SIP2.
    """
    number = typed.strip()
    return CardNumber(number) if _is_number(number) else Wrong.CARD


def pin_fits(pin: str) -> bool:
    """Return whether *pin* can be typed at a station."""
    return len(pin) == PIN_DIGITS and pin.isascii() and pin.isdecimal()


def _is_number(text: str) -> bool:
    return 0 < len(text) <= NUMBER_LETTERS_MAX and text.isprintable() and "|" not in text


class Register:
    """Enters in one catalogue; each call is one transaction with its log, all of it or nothing.

    What is entered never takes the place of what is there. *by* is who does it at the desk.
    """

    def __init__(self, engine: Engine) -> None:
        """Enter in the catalogue in *engine*."""
        self._engine = engine

    def patron(self, told: PatronLine, card: str, *, at_ms: int, by: str = "") -> PatronId | Wrong:
        """Enter who is *told* with a *card*, and return the id that they were given.

        The id in *told* is not used; a PIN in it is kept as its hash.
        """
        number = card_number(card)
        if isinstance(number, Wrong):
            return number
        id_ = PatronId(f"p-{secrets.token_hex(PATRON_ID_BYTES)}")
        # Before the transaction: a hash is slow by intention.
        hashed = pins.HASHER.hash(told.pin) if told.pin else ""
        write = _write(at_ms, by)

        def entered(db: Connection) -> Wrong | None:
            if told.municipality and not _has(db, told.municipality):
                return Wrong.MUNICIPALITY
            _enter_person(db, id_, told, hashed)
            log.note(db, StandingChange.REGISTERED, write, patron=id_)
            return _issue(db, number, id_, write)

        return self._done(entered, known=Wrong.CARD_KNOWN) or id_

    def amend(
        self,
        patron: PatronId,
        now: Details,
        *,
        seen: str,
        entitled: bool | None,
        at_ms: int,
        by: str = "",
    ) -> Wrong | None:
        """Let *now* be told of *patron*, unless others are told than those with the mark *seen*.

        *entitled* is whether they may have talking books made under the exception; None as before.
        The log says that something was altered, never what: that would tell of their health.
        """

        def amended(db: Connection) -> Wrong | None:
            before = patrons.details(db, patron)
            if before is None:
                return Wrong.PATRON
            if before.mark != seen:
                return Wrong.MEANWHILE
            if now.municipality not in {"", before.municipality} and not _has(db, now.municipality):
                return Wrong.MUNICIPALITY
            if before != now or entitled is not None:
                mine = tables.patron.c.id == patron
                db.execute(update(tables.patron).where(mine).values(asdict(now)))
                _entitle(db, patron, entitled)
                log.note(db, StandingChange.AMENDED, _write(at_ms, by), patron=patron)
            return None

        return self._done(amended, known=Wrong.MEANWHILE)

    def card(self, patron: PatronId, card: str, *, at_ms: int, by: str = "") -> Wrong | None:
        """Give *patron* one card more."""
        number = card_number(card)
        if isinstance(number, Wrong):
            return number

        def issued(db: Connection) -> Wrong | None:
            known = tables.patron.c.id
            if db.scalar(select(known).where(known == patron)) is None:
                return Wrong.PATRON
            return _issue(db, number, patron, _write(at_ms, by))

        return self._done(issued, known=Wrong.CARD_KNOWN)

    def replace(self, lost: CardNumber, card: str, *, at_ms: int, by: str = "") -> Wrong | None:
        """Give who has *lost* the new *card*; nobody borrows with the lost one any more."""
        number = card_number(card)
        if isinstance(number, Wrong):
            return number
        write, here = _write(at_ms, by), tables.loan_card.c

        def replaced(db: Connection) -> Wrong | None:
            old = db.execute(select(tables.loan_card).where(here.number == lost)).first()
            if old is None:
                return Wrong.CARD_UNKNOWN
            if old.state != LOST:
                db.execute(update(tables.loan_card).where(here.number == lost).values(state=LOST))
                log.note(db, StandingChange.LOST, write, card=lost)
            return _issue(db, number, PatronId(old.patron), write)

        return self._done(replaced, known=Wrong.CARD_KNOWN)

    def pin(self, patron: PatronId, pin: str, *, at_ms: int, by: str = "") -> Wrong | None:
        """Let *pin* be theirs from now on; cards that rested for a wrong one rest no more."""
        hashed, mine = pins.HASHER.hash(pin), tables.patron.c.id == patron

        def kept(db: Connection) -> Wrong | None:
            if not db.execute(update(tables.patron).where(mine).values(pin_hash=hashed)).rowcount:
                return Wrong.PATRON
            theirs = select(tables.loan_card.c.number).where(tables.loan_card.c.patron == patron)
            tried = [pins.card_hash(CardNumber(each)) for each in db.scalars(theirs)]
            db.execute(delete(tables.pin_try).where(tables.pin_try.c.card_hash.in_(tried)))
            log.note(db, StandingChange.PIN, _write(at_ms, by), patron=patron)
            return None

        return self._done(kept, known=Wrong.PATRON)

    def copy(self, told: ItemLine, *, at_ms: int, by: str = "") -> Wrong | None:
        """Enter the copy that is *told*, of a title and a library that are there."""
        if not _is_number(told.item):
            return Wrong.ITEM

        def entered(db: Connection) -> Wrong | None:
            number = tables.title.c.control_number
            if db.scalar(select(number).where(number == told.title)) is None:
                return Wrong.TITLE
            if branches.branch(db, told.branch) is None:
                return Wrong.BRANCH
            row = asdict(told)
            if not enter_new(db, tables.item, [{"id": row.pop("item"), **row}]):
                return Wrong.ITEM_KNOWN
            item = ItemId(told.item)
            log.note(db, StandingChange.ENTERED, _write(at_ms, by), item=item, title=told.title)
            return None

        return self._done(entered, known=Wrong.ITEM_KNOWN)

    def withdraw(self, item: ItemId, title: TitleId, *, at_ms: int, by: str = "") -> Wrong | None:
        """Take *title*'s copy *item*, which is lost or worn out, away; not while it is on loan.

        For whom it was kept waits on, in the same place, and gets the next.
        """
        write = _write(at_ms, by)

        def withdrawn(db: Connection) -> Wrong | None:
            copy = rows.copy(db, item)
            if copy is None or copy.title != title:
                return Wrong.COPY
            if rows.loan(db, item) is not None:
                return Wrong.ON_LOAN
            aside.let_go(db, item)
            db.execute(delete(tables.item).where(tables.item.c.id == item))
            log.note(db, StandingChange.WITHDRAWN, write, item=item, title=copy.title)
            return None

        return self._done(withdrawn, known=Wrong.ON_LOAN)

    def _done(self, work: Callable[[Connection], Wrong | None], *, known: Wrong) -> Wrong | None:
        """Do *work* in one transaction, and take all of it back where something is wrong.

        *known* is what two at once run into: the slower finds its number taken.
        """
        try:
            with answering(self._engine) as db:
                wrong = work(db)
                if wrong is not None:
                    db.rollback()
                return wrong
        except IntegrityError:
            return known


def _issue(db: Connection, number: CardNumber, patron: PatronId, write: Write) -> Wrong | None:
    row = {"number": number, "patron": patron, "state": STATE_GOOD}
    if not enter_new(db, tables.loan_card, [row]):
        return Wrong.CARD_KNOWN
    log.note(db, StandingChange.ISSUED, write, card=number, patron=patron)
    return None


def _enter_person(db: Connection, id_: PatronId, told: PatronLine, pin_hash: str) -> None:
    row = {
        "id": id_,
        "name": told.name,
        "birth_year": told.birth_year,
        "kind": told.kind,
        "state": told.state,
        "language": told.language,
        "municipality": told.municipality,
        "fees_ore": told.fees_ore,
        "pin_hash": pin_hash,
    }
    db.execute(insert(tables.patron).values(row))
    _entitle(db, id_, told.entitled)


def _entitle(db: Connection, patron: PatronId, entitled: bool | None) -> None:
    if entitled:
        enter_new(db, tables.entitlement, [{"patron": patron}])
    elif entitled is not None:
        db.execute(delete(tables.entitlement).where(tables.entitlement.c.patron == patron))


def _has(db: Connection, municipality: str) -> bool:
    code = tables.municipality.c.code
    return db.scalar(select(code).where(code == municipality)) is not None


def _write(at_ms: int, by: str) -> Write:
    return Write(posting=None, at_ms=at_ms, by=by)
