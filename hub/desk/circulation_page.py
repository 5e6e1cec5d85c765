"""The desk's page on which librarians fetch, send and keep copies, and say that a card is lost."""

from collections.abc import Callable

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from circulation.identifiers import BranchCode, CardNumber, ItemId
from hub.catalogue import branches, shelving
from hub.catalogue.region_days import local_day
from hub.catalogue.staff import StaffDesk
from hub.desk.accounts import Account

Page = str | Response | tuple[str, int]
LETTERS_MAX = 100
DONE = ("fetched", "arrived", "lost", "found", "nothing")
"""What may be told on the page; nothing else from an address is shown."""


class CirculationPage:
    """Three lists by library, and a form for cards; no person is named."""

    def __init__(
        self, engine: Engine, account: Callable[[], Account | None], now_ms: Callable[[], int]
    ) -> None:
        """Work in the catalogue in *engine*, for whoever *account* says is signed in."""
        self._engine = engine
        self._staff = StaffDesk(engine)
        self._account = account
        self._now_ms = now_ms

    def add_to(self, pages: Blueprint) -> None:
        """Add the page to the desk's *pages*."""
        pages.add_url_rule("/circulation", "circulation", self.show)
        for name, done in (
            ("fetched", self.fetched),
            ("arrived", self.arrived),
            ("card", self.card),
        ):
            pages.add_url_rule(f"/circulation/{name}", name, done, methods=["POST"])

    def show(self) -> Page:
        """Return the lists as they are."""
        if (away := self._not_theirs()) is not None:
            return away
        told = request.args.get("told", "")
        with self._engine.execution_options(read_only=True).begin() as db:
            return render_template(
                "desk/circulation.html",
                to_fetch=shelving.to_fetch(db),
                under_way=shelving.under_way(db),
                kept=shelving.kept(db),
                places={each.code: each.name for each in branches.branches(db)},
                today=local_day(self._now_ms()),
                told=told if told in DONE else "",
            )

    def fetched(self) -> Page:
        """Put a copy aside for whom it is to be kept: here, or on its way."""
        if (away := self._not_theirs()) is not None:
            return away
        done = self._staff.trap(ItemId(_field("item")), self._place(), at_ms=self._now_ms())
        return _told("fetched" if done else "nothing")

    def arrived(self) -> Page:
        """Take a copy that was sent."""
        if (away := self._not_theirs()) is not None:
            return away
        done = self._staff.take_back(ItemId(_field("item")), self._place(), at_ms=self._now_ms())
        return _told("arrived" if done else "nothing")

    def card(self) -> Page:
        """Let a card that is lost borrow no more, or one that is found borrow again."""
        if (away := self._not_theirs()) is not None:
            return away
        account = self._account()
        lost = _field("what") == "lost"
        change = self._staff.lose if lost else self._staff.find
        by = account.name if account else ""
        done = change(CardNumber(_field("card")), at_ms=self._now_ms(), by=by)
        return _told(("lost" if lost else "found") if done else "nothing")

    def _not_theirs(self) -> Response | None:
        """Return where to go instead, None for a librarian."""
        account = self._account()
        if account is None:
            return redirect(url_for("desk.sign_in"))
        if not account.may_see_patrons:
            abort(403)
        return None

    def _place(self) -> BranchCode:
        code = BranchCode(_field("at"))
        with self._engine.connect() as db:
            if branches.branch(db, code) is None:
                abort(400)
        return code


def _field(name: str) -> str:
    return request.form.get(name, "").strip()[:LETTERS_MAX]


def _told(what: str) -> Response:
    assert what in DONE, f"nothing is told of {what}"
    return redirect(url_for("desk.circulation", told=what))
