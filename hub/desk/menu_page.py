"""The desk's page on which librarians change the spoken menu."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from hub.catalogue import branches, menu, menu_editing
from hub.catalogue.menu_editing import (
    EVENTS,
    NAME_LETTERS_MAX,
    NEW,
    NEW_EVENT,
    TEXT_LETTERS_MAX,
    Known,
    Wrong,
)
from hub.desk.accounts import Account

Page = str | Response | tuple[str, int]


class MenuPage:
    """One form for all places."""

    def __init__(
        self, engine: Engine, account: Callable[[], Account | None], now_ms: Callable[[], int]
    ) -> None:
        """Change the menu in *engine*, for whoever *account* says is signed in."""
        self._now_ms = now_ms
        self._engine = engine
        self._account = account

    def add_to(self, pages: Blueprint) -> None:
        """Add the page to the desk's *pages*."""
        pages.add_url_rule("/menu", "menu", self.show)
        pages.add_url_rule("/menu", "keep_menu", self.keep, methods=["POST"])

    def show(self) -> Page:
        """Return the form as the menu is."""
        if self._account() is None:
            return redirect(url_for("desk.sign_in"))
        return self._form(None)

    def keep(self) -> Page:
        """Keep what is in the form, or say what is wrong and lose nothing of it."""
        if self._account() is None:
            return redirect(url_for("desk.sign_in"))
        # By universal time: what is over here by some hours may stand a night longer.
        today = datetime.fromtimestamp(self._now_ms() / 1000, UTC).date()
        with self._engine.begin() as db:
            made = menu_editing.edited(
                menu.places(db),
                request.form,
                Known(
                    title=lambda number: menu_editing.is_title(db, number),
                    libraries={each.code for each in branches.branches(db)},
                ),
                today,
            )
            if not isinstance(made, Wrong):
                menu_editing.keep(db, menu_editing.upcoming(made, today))
                return redirect(url_for("desk.menu", kept=1))
        return self._form(made), 400

    def _form(self, wrong: Wrong | None) -> str:
        with self._engine.connect() as db:
            places, libraries = menu.places(db), branches.branches(db)
        return render_template(
            "desk/menu.html",
            places=places,
            wrong=wrong,
            given=request.form,
            new=NEW,
            new_event=NEW_EVENT,
            events=EVENTS,
            libraries=libraries,
            name_max=NAME_LETTERS_MAX,
            text_max=TEXT_LETTERS_MAX,
        )
