"""The desk's page on which librarians say how a title, a name or a word is said."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from hub.catalogue import sayings
from hub.catalogue.sayings import LANGUAGES, LETTERS_MAX, Wrong
from hub.desk.accounts import Account

Page = str | Response | tuple[str, int]
NUMBER_DIGITS_MAX = 9


class SayingsPage:
    """One list, a form to add to it, and a button to take each away."""

    def __init__(self, engine: Engine, account: Callable[[], Account | None]) -> None:
        """Change the list in *engine*, for whoever *account* says is signed in."""
        self._engine = engine
        self._account = account

    def add_to(self, pages: Blueprint) -> None:
        """Add the page to the desk's *pages*."""
        pages.add_url_rule("/sayings", "sayings", self.show)
        pages.add_url_rule("/sayings", "keep_saying", self.keep, methods=["POST"])
        pages.add_url_rule("/sayings/drop", "drop_saying", self.drop, methods=["POST"])

    def show(self) -> Page:
        """Return the list and the form."""
        if self._account() is None:
            return redirect(url_for("desk.sign_in"))
        return self._page(None)

    def keep(self) -> Page:
        """Keep what is in the form, or say what is wrong and lose nothing of it."""
        if self._account() is None:
            return redirect(url_for("desk.sign_in"))
        given = {name: request.form.get(name, "") for name in ("written", "said", "language")}
        with self._engine.begin() as db:
            wrong = sayings.keep(db, **given)
        if wrong is None:
            return redirect(url_for("desk.sayings", kept=1))
        return self._page(wrong), 400

    def drop(self) -> Page:
        """Take one away."""
        if self._account() is None:
            return redirect(url_for("desk.sign_in"))
        number = request.form.get("number", "")
        if number.isdecimal() and len(number) <= NUMBER_DIGITS_MAX:
            with self._engine.begin() as db:
                sayings.drop(db, int(number))
        return redirect(url_for("desk.sayings", kept=1))

    def _page(self, wrong: Wrong | None) -> str:
        with self._engine.connect() as db:
            listed = sayings.every(db)
        return render_template(
            "desk/sayings.html",
            sayings=listed,
            wrong=wrong,
            given=request.form,
            voices=LANGUAGES,
            letters_max=LETTERS_MAX,
        )
