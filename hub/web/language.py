"""Which language a visitor reads."""

from flask import abort, redirect, request, session
from werkzeug.wrappers import Response

from hub.web.texts import LANGUAGES

_KEPT = "language"


def chosen() -> str:
    """Return the language that the visitor chose, else the browser's, else Swedish."""
    kept = session.get(_KEPT)
    if kept in LANGUAGES:
        return str(kept)
    return request.accept_languages.best_match(LANGUAGES) or "sv"


def choose(code: str) -> Response:
    """Keep *code* as the visitor's language and go back to the page they were on."""
    if code not in LANGUAGES:
        abort(404)
    session[_KEPT] = code
    return redirect(_own_path(request.args.get("next", "/")))


def _own_path(asked: str) -> str:
    """Return *asked* where it leads to a page of ours, else the first page."""
    ours = asked.startswith("/") and not asked.startswith("//") and asked.isprintable()
    return asked if ours and "\\" not in asked else "/"
