"""The desk's page of one station: how it is, and what it may be asked to do."""

from collections.abc import Callable

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from circulation.errors import CirculationError
from circulation.identifiers import StationId
from circulation.messages import COMING, ORDER_KINDS, SAID_LETTERS_MAX, SAY
from hub import orders
from hub.desk.accounts import Account
from hub.desk.source import DeskSource, DeskStation
from hub.orders import DEFAULT_MINUTES

Page = str | Response | tuple[str, int]


class StationPage:
    """One page for each station."""

    def __init__(
        self,
        engine: Engine,
        account: Callable[[], Account | None],
        source: DeskSource,
        now_ms: Callable[[], int],
    ) -> None:
        """Keep orders in *engine*, for whoever *account* says is signed in."""
        self._engine = engine
        self._account = account
        self._source = source
        self._now_ms = now_ms

    def add_to(self, pages: Blueprint) -> None:
        """Add the page to the desk's *pages*."""
        pages.add_url_rule("/station/<id_>", "station", self.show)
        pages.add_url_rule("/station/<id_>", "order", self.order, methods=["POST"])

    def show(self, id_: str) -> Page:
        """Return how the station is, and what was asked of it lately."""
        if self._account() is None:
            return redirect(url_for("desk.sign_in"))
        return self._page(self._station(id_))

    def order(self, id_: str) -> Page:
        """Ask it to do something."""
        account = self._account()
        if account is None:
            return redirect(url_for("desk.sign_in"))
        shown, kind = self._station(id_), request.form.get("kind", "")
        text = request.form.get("text", "").strip() if kind == SAY else ""
        if kind not in ORDER_KINDS:
            abort(400)
        now_ms = self._now_ms()
        try:
            with self._engine.begin() as db:
                orders.give(
                    db,
                    shown.id,
                    kind,
                    text=text,
                    by=account.name,
                    now_ms=now_ms,
                    until_ms=now_ms + DEFAULT_MINUTES * 60_000,
                )
        except CirculationError:
            return self._page(shown, wrong="text" if kind == SAY else "revoked"), 400
        return redirect(url_for("desk.station", id_=shown.id))

    def _station(self, id_: str) -> DeskStation:
        found = next((one for one in self._source.stations() if one.id == id_), None)
        if found is None:
            abort(404)
        return found

    def _page(self, shown: DeskStation, wrong: str = "") -> str:
        with self._engine.connect() as db:
            given = orders.latest(db, StationId(shown.id))
        return render_template(
            "desk/station.html",
            station=shown,
            orders=given,
            kinds=[kind for kind in ORDER_KINDS if kind not in (SAY, COMING)],
            now_ms=self._now_ms(),
            letters_max=SAID_LETTERS_MAX,
            wrong=wrong,
        )
