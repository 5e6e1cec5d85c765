"""The desk's pages: which stations are alive, what they owe, what needs a person."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from circulation.errors import CirculationError
from circulation.identifiers import StationId
from circulation.messages import COMING
from hub import calls, decisions, orders
from hub.catalogue.feeds import ages
from hub.catalogue.patrons import name_of
from hub.catalogue.port import Catalogue
from hub.decisions import REASON_LETTERS_MAX, REASON_LETTERS_MIN, Decision
from hub.desk import accounts
from hub.desk.accounts import Account
from hub.desk.circulation_page import CirculationPage
from hub.desk.copies_page import CopiesPage
from hub.desk.menu_page import MenuPage
from hub.desk.patrons_page import PatronsPage
from hub.desk.rules_page import RulesPage
from hub.desk.sayings_page import SayingsPage
from hub.desk.source import DeskException, DeskSource
from hub.desk.station_page import StationPage
from hub.web import visits

FIELD_LETTERS_MAX = 200
SETTLED_SHOWN = 10
COMING_MS_MAX = 5 * 60_000
"""How long it is news that somebody comes."""
Limit = Callable[[Callable[..., Any]], Callable[..., Any]]
Page = str | Response | tuple[str, int]


class Desk:
    """One overview, and each exception when it is opened."""

    def __init__(
        self,
        engine: Engine,
        catalogue: Catalogue,
        *,
        source: DeskSource,
        now_ms: Callable[[], int],
        lacks_swedish: Callable[[], bool],
    ) -> None:
        """Show what *source* tells; accounts are in *engine*.

        *lacks_swedish* says whether the hub has no good voice for it.
        """
        self._engine = engine
        self._catalogue = catalogue
        self._source = source
        self._now_ms = now_ms
        self._lacks_swedish = lacks_swedish

    def blueprint(self, limit: Limit) -> Blueprint:
        """Return the pages; *limit* slows down whoever guesses."""
        pages = Blueprint("desk", __name__, template_folder="templates")
        pages.context_processor(lambda: {"account": self._account()})
        pages.add_url_rule("/", "overview", self.overview)
        pages.add_url_rule("/live", "live", self.live)
        pages.add_url_rule("/sign-in", "sign_in", self.sign_in)
        pages.add_url_rule("/sign-in", "try_password", limit(self.try_password), methods=["POST"])
        pages.add_url_rule("/sign-out", "sign_out", self.sign_out, methods=["POST"])
        # Posted, so that an item's number stands in no URL and no opening is an accident.
        pages.add_url_rule("/exception", "exception", self.exception, methods=["POST"])
        pages.add_url_rule("/settle", "settle", self.settle, methods=["POST"])
        pages.add_url_rule("/coming", "coming", self.coming, methods=["POST"])
        MenuPage(self._engine, self._account, self._now_ms).add_to(pages)
        if self._catalogue.capabilities.kept_here:
            CirculationPage(self._engine, self._account, self._now_ms).add_to(pages)
            PatronsPage(self._engine, self._account, self._now_ms).add_to(pages)
            CopiesPage(self._engine, self._account, self._now_ms).add_to(pages)
            RulesPage(self._engine, self._account, self._now_ms).add_to(pages)
        SayingsPage(self._engine, self._account).add_to(pages)
        StationPage(self._engine, self._account, self._source, self._now_ms).add_to(pages)
        return pages

    def overview(self) -> Page:
        """Return stations and exceptions."""
        if self._account() is None:
            return redirect(url_for("desk.sign_in"))
        kept_here = self._catalogue.capabilities.kept_here
        return render_template("desk/overview.html", kept_here=kept_here, **self._present())

    def live(self) -> Page:
        """Return the overview's changing part alone."""
        if self._account() is None:
            abort(403)
        return render_template("desk/_live.html", **self._present())

    def sign_in(self) -> Page:
        """Return the form."""
        if self._account() is not None:
            return redirect(url_for("desk.overview"))
        return render_template("desk/sign_in.html", wrong=False)

    def try_password(self) -> Page:
        """Sign in with account and password."""
        name = request.form.get("account", "").strip()[:FIELD_LETTERS_MAX]
        password = request.form.get("password", "")[:FIELD_LETTERS_MAX]
        if not accounts.right(self._engine, name, password):
            return render_template("desk/sign_in.html", wrong=True), 403
        visits.begin(self._engine, visits.STAFF, name, self._now_ms())
        return redirect(url_for("desk.overview"))

    def sign_out(self) -> Page:
        """End the visit."""
        visits.end(self._engine, visits.STAFF)
        return redirect(url_for("desk.sign_in"))

    def exception(self) -> Page:
        """Open one exception, with title and name; who did so is kept."""
        account = self._account()
        if account is None:
            return redirect(url_for("desk.sign_in"))
        shown = self._exception(request.form.get("key", ""))
        if shown is None:
            abort(404)
        return self._opened(account, shown)

    def settle(self) -> Page:
        """Keep what was done about one exception, and why."""
        account = self._account()
        if account is None:
            return redirect(url_for("desk.sign_in"))
        shown = self._exception(request.form.get("key", ""))
        if shown is None:
            abort(404)
        made = Decision(
            key=shown.key,
            action=request.form.get("action", ""),
            reason=request.form.get("reason", "").strip(),
            by=account.name,
            at_ms=self._now_ms(),
        )
        if made.action not in decisions.actions(shown.kind):
            return self._opened(account, shown, wrong="action"), 400
        if not REASON_LETTERS_MIN <= len(made.reason) <= REASON_LETTERS_MAX:
            return self._opened(account, shown, wrong="reason"), 400
        with self._engine.begin() as db:
            decisions.settle(db, made)
        return redirect(url_for("desk.overview"))

    def coming(self) -> Page:
        """End one call for help: somebody goes there, and whoever called hears it."""
        account = self._account()
        if account is None:
            return redirect(url_for("desk.sign_in"))
        station = StationId(request.form.get("station", "")[:FIELD_LETTERS_MAX])
        now_ms = self._now_ms()
        with self._engine.begin() as db:
            waits = any(each.station == station for each in calls.waiting(db, now_ms))
            calls.end(db, station)
            # Of a station that is revoked meanwhile the call is over, and nobody hears it.
            with suppress(CirculationError):
                if waits:
                    until_ms = now_ms + COMING_MS_MAX
                    orders.give(
                        db, station, COMING, text="", by=account.name, now_ms=now_ms,
                        until_ms=until_ms,
                    )  # fmt: skip
        return redirect(url_for("desk.overview"))

    def _opened(self, account: Account, shown: DeskException, wrong: str = "") -> str:
        told: dict[str, Any] = {"shown": shown, "title": None, "patron": None, "wrong": wrong}
        told |= {"actions": decisions.actions(shown.kind), "given": request.form}
        told |= {"reason_letters_max": REASON_LETTERS_MAX}
        if account.may_see_patrons:
            accounts.log_opening(self._engine, account.name, shown.key, self._now_ms())
            told |= self._who_and_what(shown)
        return render_template("desk/exception.html", **told)

    def _who_and_what(self, shown: DeskException) -> dict[str, str | None]:
        item = self._catalogue.item(shown.item) if shown.item else None
        patron = name_of(self._engine, shown.card) if shown.card else None
        return {"title": item.title if item else None, "patron": patron}

    def _exception(self, key: str) -> DeskException | None:
        found = (one for one in self._source.open_exceptions() if one.key == key)
        return next(found, None)

    def _present(self) -> dict[str, Any]:
        with self._engine.connect() as db:
            settled = decisions.latest(db, SETTLED_SHOWN)
            feeds = ages.ages(db)
            waiting = calls.waiting(db, self._now_ms())
        stations = sorted(self._source.stations(), key=lambda one: (one.municipality, one.id))
        return {
            "stations": stations,
            "calls": waiting,
            "places": {one.id: f"{one.municipality}, {one.branch}" for one in stations},
            "in_service": sum(not one.revoked for one in stations),
            "silent": [one for one in stations if not one.alive and not one.revoked],
            "owed": sum(one.owed for one in stations),
            "exceptions": self._source.open_exceptions(),
            "settled": settled,
            "feeds": feeds,
            "no_voice": self._lacks_swedish(),
            "feed_old_ms": self._now_ms() - ages.OLD_MS,
        }

    def _account(self) -> Account | None:
        name = visits.visitor(self._engine, visits.STAFF, self._now_ms())
        return accounts.account(self._engine, name) if name else None
