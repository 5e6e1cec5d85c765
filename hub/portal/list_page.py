"""The public site's page of titles that somebody keeps to think about."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from circulation.identifiers import CardNumber, PatronId, TitleId
from hub import my_list
from hub.catalogue import search
from hub.catalogue.port import Catalogue
from hub.errors import CatalogueUnavailableError
from hub.portal.wishes import ID_LETTERS_MAX


class ListPage:
    """The list that stations read aloud, seen; each change answers with the list as it is."""

    def __init__(
        self,
        engine: Engine,
        catalogue: Catalogue,
        *,
        card: Callable[[], CardNumber | None],
        now_ms: Callable[[], int],
    ) -> None:
        """Keep lists in *engine* for whoever *card* says is signed in."""
        self._engine = engine
        self._catalogue = catalogue
        self._card = card
        self._now_ms = now_ms

    def add_to(self, pages: Blueprint) -> None:
        """Add the page and its forms to *pages*."""
        pages.add_url_rule("/list", "my_list", self.show)
        pages.add_url_rule("/list/keep", "list_keep", self.keep, methods=["POST"])
        pages.add_url_rule("/list/drop", "list_drop", self.drop, methods=["POST"])

    def listed(self, title: str) -> bool:
        """Return whether *title* is known to stand on the list of whoever is signed in."""
        try:
            patron = self._patron()
        except CatalogueUnavailableError:
            # A title's page is shown all the same.
            return False
        if patron is None:
            return False
        with self._engine.connect() as db:
            return TitleId(title) in my_list.of(db, patron)

    def show(self) -> str | Response:
        """Return the list, the newest first."""
        patron = self._patron()
        if patron is None:
            return redirect(url_for("portal.sign_in"))
        with self._engine.connect() as db:
            titles = search.named(db, my_list.of(db, patron))
        full = bool(request.args.get("full"))
        return render_template("portal/list.html", titles=titles, full=full)

    def keep(self) -> Response:
        """Put a title on the list."""
        patron, title = self._patron(), _title()
        if patron is None:
            return redirect(url_for("portal.sign_in", to=title))
        with self._engine.begin() as db:
            known = bool(search.named(db, [title]))
            kept = known and my_list.keep(db, patron, title, self._now_ms())
        return redirect(url_for("portal.my_list", full=None if kept or not known else 1))

    def drop(self) -> Response:
        """Take a title off the list."""
        patron = self._patron()
        if patron is None:
            return redirect(url_for("portal.sign_in"))
        with self._engine.begin() as db:
            my_list.drop(db, patron, _title())
        return redirect(url_for("portal.my_list"))

    def _patron(self) -> PatronId | None:
        card = self._card()
        borrower = self._catalogue.borrower(card) if card else None
        return borrower.patron if borrower else None


def _title() -> TitleId:
    return TitleId(request.form.get("title", "").strip()[:ID_LETTERS_MAX])
