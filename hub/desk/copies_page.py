"""The desk's pages on which librarians find a title, and enter or withdraw a copy of it."""

from collections.abc import Callable

import msgspec
from flask import Blueprint, abort, render_template, request
from sqlalchemy import Engine

from circulation.identifiers import ItemId, TitleId
from hub.catalogue import branches, search
from hub.catalogue.feeds.lines import ItemLine
from hub.catalogue.registering import Register, Wrong
from hub.catalogue.search import Hit, Hits
from hub.database import reading
from hub.desk.accounts import Account
from hub.desk.doors import Librarians, Page, field

USAGES = ("circulating", "reference", "entitled")


class CopiesPage:
    """A field to find a title by, and each title with its copies and a form for one more."""

    def __init__(
        self, engine: Engine, account: Callable[[], Account | None], now_ms: Callable[[], int]
    ) -> None:
        """Enter in the catalogue in *engine*, for whoever *account* says is signed in."""
        self._engine = engine
        self._register = Register(engine)
        self._librarians = Librarians(account)
        self._now_ms = now_ms

    def add_to(self, pages: Blueprint) -> None:
        """Add the pages to the desk's *pages*."""
        theirs = self._librarians.only
        pages.add_url_rule("/copies", "copies", theirs(self.show))
        pages.add_url_rule("/copies", "find_title", theirs(self.find), methods=["POST"])
        pages.add_url_rule("/copies/title", "copies_of", theirs(self.open), methods=["POST"])
        pages.add_url_rule(
            "/copies/withdraw", "withdraw_copy", theirs(self.withdraw), methods=["POST"]
        )
        pages.add_url_rule("/copies/new", "enter_copy", theirs(self.enter), methods=["POST"])

    def show(self, _account: Account) -> Page:
        """Return the field alone."""
        return render_template("desk/copies.html", found=None, sought="")

    def find(self, _account: Account) -> Page:
        """Return the titles that were found: the one of a control number, or those of words."""
        sought = field("sought")
        with reading(self._engine) as db:
            one = search.title_page(db, sought)
            if one is not None:
                copies_in = sum(copy.due is None for copy in one.copies)
                hit = Hit(title=one.title, copies=len(one.copies), copies_in=copies_in)
                found = Hits(total=1, hits=[hit])
            else:
                found = search.search(db, sought)
        return render_template("desk/copies.html", found=found, sought=sought)

    def open(self, _account: Account) -> Page:
        """Return one title with its copies."""
        return self._shown(TitleId(field("title")))

    def enter(self, account: Account) -> Page:
        """Enter a copy, or say what is wrong and keep what was typed."""
        title = TitleId(field("title"))
        names = ("item", "title", "branch", "usage", "shelf")
        try:
            told = msgspec.convert({name: field(name) for name in names}, ItemLine)
        except msgspec.ValidationError:
            # What a browser cannot send: a number of no letters, or one of none of the choices.
            return self._shown(title, wrong=Wrong.ITEM), 400
        wrong = self._register.copy(told, at_ms=self._now_ms(), by=account.name)
        if wrong is not None:
            return self._shown(title, wrong=wrong), 400
        return self._shown(title, entered=told)

    def withdraw(self, account: Account) -> Page:
        """Ask whether a copy is to be taken away; who is sure is told that it is, or why not."""
        title, item = TitleId(field("title")), ItemId(field("item"))
        if field("sure") != "yes":
            return self._shown(title, asked=item)
        wrong = self._register.withdraw(item, title, at_ms=self._now_ms(), by=account.name)
        if wrong is not None:
            return self._shown(title, wrong=wrong), 400
        return self._shown(title, withdrawn=item)

    def _shown(
        self,
        title: TitleId,
        *,
        wrong: Wrong | None = None,
        entered: ItemLine | None = None,
        asked: ItemId | None = None,
        withdrawn: ItemId | None = None,
    ) -> str:
        with reading(self._engine) as db:
            shown = search.title_page(db, title)
            libraries = branches.branches(db)
        if shown is None:
            abort(404)
        return render_template(
            "desk/copies_of.html",
            title=shown.title,
            copies=shown.copies,
            libraries=libraries,
            usages=USAGES,
            wrong=wrong.value if wrong else "",
            entered=entered,
            asked=asked,
            withdrawn=withdrawn,
            waiting=shown.waiting,
            given=request.form,
        )
