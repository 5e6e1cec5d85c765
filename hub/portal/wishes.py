"""What a patron may wish for at the public site: to wait for a title, or to keep a loan longer."""

from collections.abc import Callable

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from circulation.identifiers import BranchCode, CardNumber, ItemId, TitleId
from circulation.verdicts import Accepted
from hub.catalogue import branches
from hub.catalogue.port import Catalogue
from hub.catalogue.region_days import local_day

ID_LETTERS_MAX = 100
TOLD = (
    "held", "not_held", "cancelled", "not_cancelled", "renewed", "some_renewed", "not_renewed",
)  # fmt: skip
"""What may be told on the page after a wish; nothing else from an address is shown."""
_ANYWHERE = BranchCode("")


class Wishes:
    """Forms of *my loans* and of a title's page; each answers with what came of it."""

    def __init__(
        self,
        engine: Engine,
        catalogue: Catalogue,
        *,
        card: Callable[[], CardNumber | None],
        now_ms: Callable[[], int],
    ) -> None:
        """Ask *catalogue* in the name of whoever *card* says is signed in."""
        self._engine = engine
        self._catalogue = catalogue
        self._card = card
        self._now_ms = now_ms

    def add_to(self, pages: Blueprint) -> None:
        """Add the forms' targets to *pages*."""
        pages.add_url_rule("/loans/reserve", "reserve", self.reserve, methods=["POST"])
        pages.add_url_rule("/loans/cancel", "cancel", self.cancel, methods=["POST"])
        pages.add_url_rule("/loans/renew", "renew", self.renew, methods=["POST"])
        pages.add_url_rule("/loans/renew-all", "renew_all", self.renew_all, methods=["POST"])

    def reserve(self) -> Response:
        """Put the patron in the queue for a title."""
        card = self._card()
        if card is None:
            return redirect(url_for("portal.sign_in"))
        pickup = BranchCode(_field("branch"))
        with self._engine.connect() as db:
            known = branches.branch(db, pickup) is not None
        if not (known and self._catalogue.capabilities.holds):
            abort(400)
        today = local_day(self._now_ms())
        refused = self._catalogue.standing(card, pickup, today).refused
        if refused is None:
            made = self._catalogue.place_hold(
                TitleId(_field("title")), card, pickup=pickup, at_ms=self._now_ms()
            )
            refused = made.refused
        return _told("not_held" if refused else "held")

    def cancel(self) -> Response:
        """Take the patron out of the queue for a title."""
        card = self._card()
        if card is None:
            return redirect(url_for("portal.sign_in"))
        title = TitleId(_field("title"))
        left = self._catalogue.cancel_hold(title, card, at_ms=self._now_ms())
        return _told("cancelled" if left else "not_cancelled")

    def renew(self) -> Response:
        """Keep one loan longer."""
        card = self._card()
        if card is None:
            return redirect(url_for("portal.sign_in"))
        return _told("renewed" if self._renewed(ItemId(_field("item")), card) else "not_renewed")

    def renew_all(self) -> Response:
        """Keep every loan longer that may be."""
        card = self._card()
        if card is None:
            return redirect(url_for("portal.sign_in"))
        today = local_day(self._now_ms())
        loans = self._catalogue.account(card, _ANYWHERE, today).loans
        done = [self._renewed(loan.item, card) for loan in loans if loan.renewable]
        if not any(done):
            return _told("not_renewed")
        return _told("renewed" if len(done) == len(loans) and all(done) else "some_renewed")

    def _renewed(self, item: ItemId, card: CardNumber) -> bool:
        if not self._catalogue.capabilities.renewals:
            abort(400)
        verdict = self._catalogue.renew(item, card, posting=None, at_ms=self._now_ms(), due=None)
        return isinstance(verdict, Accepted)


def _field(name: str) -> str:
    return request.form.get(name, "").strip()[:ID_LETTERS_MAX]


def _told(what: str) -> Response:
    assert what in TOLD, f"nothing is told of {what}"
    return redirect(url_for("portal.loans", told=what))
