"""The public site's pages."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from msgspec import Struct
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from circulation import proof
from circulation.identifiers import BranchCode, CardNumber
from circulation.verdicts import Reason
from hub.catalogue import branches, search
from hub.catalogue.port import Catalogue
from hub.catalogue.region_days import local_day
from hub.portal.list_page import ListPage
from hub.portal.wishes import ID_LETTERS_MAX, TOLD, Wishes
from hub.web import dates, visits

CARD_LETTERS_MAX = 40
PAGES_MAX = 500
_ANYWHERE = BranchCode("")
Limit = Callable[[Callable[..., Any]], Callable[..., Any]]
Page = str | Response | tuple[str, int]


class Proven(Struct, frozen=True):
    """The fact behind a receipt's code: when it reached the catalogue (UTC ms)."""

    at_ms: int
    returned: bool
    """False for a loan's code: then it proves no return."""


class Portal:
    """Search and titles for all, loans for whoever signs in."""

    def __init__(
        self,
        engine: Engine,
        catalogue: Catalogue,
        *,
        proof_lookup: Callable[[int, int, int], Proven | None],
        now_ms: Callable[[], int],
    ) -> None:
        """Show *catalogue*, with titles and branches from *engine*."""
        self._engine = engine
        self._reading = engine.execution_options(read_only=True)
        self._catalogue = catalogue
        self._proof_lookup = proof_lookup
        self._now_ms = now_ms
        self._list = ListPage(engine, catalogue, card=self._card, now_ms=now_ms)

    def blueprint(self, limit: Limit) -> Blueprint:
        """Return the pages; *limit* slows down whoever guesses."""
        pages = Blueprint("portal", __name__, template_folder="templates")
        pages.context_processor(lambda: {"signed_in": self._card() is not None})
        pages.add_url_rule("/", "start", self.start)
        pages.add_url_rule("/search", "search", self.search)
        pages.add_url_rule("/title/<control_number>", "title", self.title)
        pages.add_url_rule("/branches", "branches", self.branches)
        pages.add_url_rule("/sign-in", "sign_in", self.sign_in)
        pages.add_url_rule("/sign-in", "try_pin", limit(self.try_pin), methods=["POST"])
        pages.add_url_rule("/sign-out", "sign_out", self.sign_out, methods=["POST"])
        pages.add_url_rule("/loans", "loans", self.loans)
        Wishes(self._reading, self._catalogue, card=self._card, now_ms=self._now_ms).add_to(pages)
        self._list.add_to(pages)
        pages.add_url_rule("/proof", "proof", self.proof_form)
        pages.add_url_rule("/proof/<code>", "proof_of", limit(self.proof_of))
        return pages

    def start(self) -> Page:
        """Return the first page."""
        return render_template("portal/start.html")

    def search(self) -> Page:
        """Return what is found, best first."""
        sought = request.args.get("q", "").strip()[:200]
        number = min(max(request.args.get("page", 1, type=int), 1), PAGES_MAX)
        with self._reading.connect() as db:
            found = search.search(db, sought, number)
        pages = -(-found.total // search.HITS_PER_PAGE)
        told = {"found": found, "sought": sought, "number": number, "pages": pages}
        return render_template("portal/search.html", **told)

    def title(self, control_number: str) -> Page:
        """Return a title and where its copies are."""
        with self._reading.connect() as db:
            shown = search.title_page(db, control_number)
            where = branches.branches(db)
        if shown is None:
            abort(404)
        lendable = any(copy.for_loan for copy in shown.copies)
        return render_template(
            "portal/title.html",
            shown=shown,
            today=self._today(),
            listed=self._list.listed(control_number),
            where=sorted(where, key=lambda each: each.name),
            may_wait=lendable and self._catalogue.capabilities.holds,
            for_entitled=lendable and not any(copy.for_all for copy in shown.copies),
        )

    def branches(self) -> Page:
        """Return every library with its hours, and the Bookmobile's timetable."""
        now_ms = self._now_ms()
        with self._reading.connect() as db:
            shown = [
                (branch, dates.open_now(branch.details.hours, branch.details.closed_days, now_ms))
                for branch in branches.branches(db)
            ]
            names = branches.municipalities(db)
        return render_template("portal/branches.html", shown=shown, names=names)

    def sign_in(self) -> Page:
        """Return the form, or the loans of whoever is signed in already."""
        if self._card() is not None:
            return redirect(url_for("portal.loans"))
        return render_template("portal/sign_in.html", refused=None, to=_own(request.args))

    def try_pin(self) -> Page:
        """Sign in with card and PIN."""
        card = CardNumber(request.form.get("card", "").strip()[:CARD_LETTERS_MAX])
        pin = request.form.get("pin", "").strip()[:CARD_LETTERS_MAX]
        refused = self._catalogue.pin_refused(card, pin, self._now_ms())
        if refused is not None:
            status = 429 if refused is Reason.PIN_LOCKED else 403
            to = _own(request.form)
            return render_template("portal/sign_in.html", refused=refused, to=to), status
        visits.begin(self._engine, visits.PATRON, card, self._now_ms())
        if to := _own(request.form):
            return redirect(url_for("portal.title", control_number=to))
        return redirect(url_for("portal.loans"))

    def sign_out(self) -> Page:
        """End the visit and go back to the first page."""
        visits.end(self._engine, visits.PATRON)
        return redirect(url_for("portal.start"))

    def loans(self) -> Page:
        """Return the loans and holds of whoever is signed in."""
        card = self._card()
        if card is None:
            return redirect(url_for("portal.sign_in"))
        today = self._today()
        account = self._catalogue.account(card, _ANYWHERE, today)
        standing = self._catalogue.standing(card, _ANYWHERE, today)
        told = request.args.get("told", "")
        return render_template(
            "portal/loans.html",
            account=account,
            standing=standing,
            holds=self._catalogue.holds(card),
            today=today,
            told=told if told in TOLD else "",
            may=self._catalogue.capabilities,
        )

    def proof_form(self) -> Page:
        """Return the form for a receipt's code, or go on to its answer."""
        code = request.args.get("code", "").strip()[:CARD_LETTERS_MAX]
        if not code:
            return render_template("portal/proof.html", code="", read=None, proven=None)
        return redirect(url_for("portal.proof_of", code=code.replace("/", "-")))

    def proof_of(self, code: str) -> Page:
        """Answer when what *code* stands for reached the catalogue, and nothing else."""
        read = proof.read(code[:CARD_LETTERS_MAX])
        proven = self._proof_lookup(*read) if read else None
        told = {"code": proof.code(read) if read and all(read) else code, "read": read}
        return render_template("portal/proof.html", **told, proven=proven)

    def _card(self) -> CardNumber | None:
        card = visits.visitor(self._engine, visits.PATRON, self._now_ms())
        return CardNumber(card) if card else None

    def _today(self) -> date:
        return local_day(self._now_ms())


def _own(sent: Mapping[str, str]) -> str:
    """Return the control number of the title from which somebody went to sign in, if any."""
    return sent.get("to", "").strip()[:ID_LETTERS_MAX]
