"""The desk's pages on which librarians find somebody, enter or alter them, and see to cards."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
from flask import Blueprint, abort, render_template, request
from msgspec import structs
from sqlalchemy import Connection, Engine

from circulation.identifiers import CardNumber, PatronId
from hub.catalogue import branches, patrons, rows, rule_editing
from hub.catalogue.feeds.lines import PATRON_KIND, PatronLine
from hub.catalogue.patrons import Details, FoundPatrons
from hub.catalogue.region_days import local_day
from hub.catalogue.registering import Register, Wrong, pin_fits
from hub.catalogue.staff import StaffDesk
from hub.database import reading
from hub.desk import accounts
from hub.desk.accounts import Account
from hub.desk.doors import Librarians, Page, field

BIRTH_YEAR_MIN = 1890
LANGUAGES = ("sv", "en", "fi", "nb", "da", "se", "smj", "ar")
"""Those that the stations' words are said in."""
SOUGHT = "patrons"
"""What is written down of who looked for somebody; not whom."""


class PatronsPage:
    """A field to find somebody by, a form to enter somebody, and each as they stand."""

    def __init__(
        self, engine: Engine, account: Callable[[], Account | None], now_ms: Callable[[], int]
    ) -> None:
        """Work in the catalogue in *engine*, for whoever *account* says is signed in."""
        self._engine = engine
        self._register = Register(engine)
        self._staff = StaffDesk(engine)
        self._librarians = Librarians(account)
        self._now_ms = now_ms

    def add_to(self, pages: Blueprint) -> None:
        """Add the pages to the desk's *pages*."""
        theirs = self._librarians.only
        pages.add_url_rule("/patrons", "patrons", theirs(self.show))
        pages.add_url_rule("/patrons", "find_patrons", theirs(self.find), methods=["POST"])
        pages.add_url_rule("/patrons/new", "new_patron", theirs(self.new))
        pages.add_url_rule("/patrons/new", "enter_patron", theirs(self.enter), methods=["POST"])
        # Posted, so that nobody's id or number stands in an address.
        pages.add_url_rule("/patrons/open", "patron", theirs(self.open), methods=["POST"])
        for path, name, done in (
            ("change", "change_patron", self.change),
            ("details", "patron_details", self.details),
            ("details/keep", "amend_patron", self.amend),
        ):
            pages.add_url_rule(f"/patrons/{path}", name, theirs(done), methods=["POST"])

    def show(self, _account: Account) -> Page:
        """Return the field alone."""
        return render_template("desk/patrons.html", found=None, sought="")

    def find(self, account: Account) -> Page:
        """Return who was found; that somebody was looked for is written down first."""
        sought = field("sought")
        self._log(account, SOUGHT)
        with reading(self._engine) as db:
            found = patrons.find(db, sought) if sought else FoundPatrons([])
        return render_template("desk/patrons.html", found=found, sought=sought)

    def open(self, account: Account) -> Page:
        """Return one of them as they stand."""
        return self._shown(account, PatronId(field("patron")))

    def new(self, _account: Account) -> Page:
        """Return the form to enter somebody."""
        return self._form("")

    def enter(self, account: Account) -> Page:
        """Enter somebody, or say what is wrong and keep what was typed; but for the PIN."""
        told = _told(local_day(self._now_ms()))
        if isinstance(told, str):
            return self._form(told), 400
        came = self._register.patron(told, field("card"), at_ms=self._now_ms(), by=account.name)
        if isinstance(came, Wrong):
            return self._form(came.value), 400
        return self._shown(account, came, done="entered")

    def details(self, account: Account) -> Page:
        """Return the form to write of one of them what is otherwise."""
        return self._details(account, PatronId(field("patron")))

    def amend(self, account: Account) -> Page:
        """Keep what the form says of one of them, or say what is wrong and lose nothing of it."""
        patron = PatronId(field("patron"))
        with reading(self._engine) as db:
            before = patrons.details(db, patron)
        if before is None:
            abort(404)
        told = _person(local_day(self._now_ms()), before)
        if isinstance(told, str):
            return self._details(account, patron, told)
        wrong = self._register.amend(
            patron,
            told,
            seen=field("seen"),
            entitled=_CHOSEN.get(field("entitled")),
            at_ms=self._now_ms(),
            by=account.name,
        )
        if wrong is not None:
            return self._details(account, patron, wrong.value)
        return self._shown(account, patron, done="amended")

    def change(self, account: Account) -> Page:
        """Do what the pressed button says about one of them."""
        patron, card = PatronId(field("patron")), CardNumber(field("card"))
        at: dict[str, Any] = {"at_ms": self._now_ms(), "by": account.name}
        match field("what"):
            case "block":
                done = "blocked" if self._staff.block(patron, **at) else "nothing"
            case "lift":
                done = "lifted" if self._staff.lift(patron, **at) else "nothing"
            case "lose" if self._is_theirs(card, patron):
                done = "lost" if self._staff.lose(card, **at) else "nothing"
            case "find" if self._is_theirs(card, patron):
                done = "found" if self._staff.find(card, **at) else "nothing"
            case "card":
                came = self._register.card(patron, card, **at)
                done = came.value if came else "issued"
            case "pin":
                done = self._pin(patron, at)
            case _:
                abort(400)
        return self._shown(account, patron, done=done)

    def _is_theirs(self, card: CardNumber, patron: PatronId) -> bool:
        # What is done to a card is shown, and written down, with whose it is.
        with reading(self._engine) as db:
            holder = rows.holder(db, card)
        return holder is not None and holder.patron == patron

    def _pin(self, patron: PatronId, at: dict[str, Any]) -> str:
        if wrong := _wrong_pin(required=True):
            return wrong
        came = self._register.pin(patron, field("pin"), **at)
        return came.value if came else "pin_kept"

    def _shown(self, account: Account, patron: PatronId, done: str = "") -> Page:
        with reading(self._engine) as db:
            shown = patrons.patron(db, patron)
            towns = branches.municipalities(db)
        if shown is None:
            abort(404)
        self._log(account, f"patron:{patron}")
        page = render_template(
            "desk/patron.html", patron=shown, towns=towns, done=done, is_wrong=done in _WRONG
        )
        return (page, 400) if done in _WRONG else page

    def _form(self, wrong: str) -> str:
        with reading(self._engine) as db:
            among = _among(db)
        return render_template("desk/new_patron.html", wrong=wrong, given=request.form, **among)

    def _details(self, account: Account, patron: PatronId, wrong: str = "") -> Page:
        with reading(self._engine) as db:
            now, among = patrons.details(db, patron), _among(db)
        if now is None:
            abort(404)
        self._log(account, f"patron:{patron}")
        page = render_template(
            "desk/patron_details.html",
            patron=patron,
            now=now,
            given=request.form if wrong else msgspec.to_builtins(now),
            wrong=wrong,
            **among,
        )
        return (page, 400) if wrong else page

    def _log(self, account: Account, key: str) -> None:
        accounts.log_opening(self._engine, account.name, key, self._now_ms())


_CHOSEN = {"yes": True, "no": False}
"""Whether somebody is entitled, where it was chosen; else it is as before."""
_WRONG = {*(each.value for each in Wrong), "pin_form", "pin_differs"}


def _among(db: Connection) -> dict[str, Any]:
    return {
        "kinds": rule_editing.choices(db).patron_kinds,
        "towns": branches.municipalities(db),
        "tongues": LANGUAGES,
    }


def _told(today: date) -> PatronLine | str:
    """Return who the form is about, or what is wrong with it."""
    person = _person(today)
    if isinstance(person, str):
        return person
    if wrong := _wrong_pin(required=False):
        return wrong
    also = {"patron": "?", "entitled": bool(field("entitled")), "pin": field("pin")}
    return msgspec.convert(structs.asdict(person) | also, PatronLine)


def _person(today: date, before: Details | None = None) -> Details | str:
    """Return what the form tells of somebody, or what is wrong; what was so *before* may stay."""
    if not field("name"):
        return "name"
    year = field("birth_year")
    known = year.isascii() and year.isdecimal() and BIRTH_YEAR_MIN <= int(year) <= today.year
    if not known and not (before is not None and year == str(before.birth_year or "")):
        return "birth_year"
    if field("language") not in {*LANGUAGES, before.language if before else LANGUAGES[0]}:
        return "language"
    if not re.fullmatch(PATRON_KIND, field("kind")):
        return "kind"
    return Details(
        name=" ".join(field("name").split()),
        birth_year=int(year or 0),
        kind=field("kind"),
        language=field("language"),
        municipality=field("municipality"),
    )


def _wrong_pin(*, required: bool) -> str:
    """Return what is wrong with a PIN that was typed twice; empty where nothing is."""
    pin, again = field("pin"), field("pin_again")
    if not (pin or again or required):
        return ""
    if not pin_fits(pin):
        return "pin_form"
    return "" if pin == again else "pin_differs"
