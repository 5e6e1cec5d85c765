"""Which pages of the desk are for whom, and how a form's fields are read."""

from collections.abc import Callable
from functools import wraps

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from hub.desk.accounts import Account

Page = str | Response | tuple[str, int]
LETTERS_MAX = 200


class Librarians:
    """Lets in whoever may see patrons."""

    def __init__(self, account: Callable[[], Account | None]) -> None:
        """Ask *account* who is signed in."""
        self._account = account

    def only(self, page: Callable[[Account], Page]) -> Callable[[], Page]:
        """Return *page* for librarians alone, who are told to it."""

        @wraps(page)
        def opened() -> Page:
            account = self._account()
            if account is None:
                return redirect(url_for("desk.sign_in"))
            if not account.may_see_patrons:
                abort(403)
            return page(account)

        return opened


def field(name: str) -> str:
    """Return what was typed in the field *name*, without the room around it; empty for nothing."""
    # No database of PostgreSQL's holds a NUL.
    return request.form.get(name, "").replace("\0", "").strip()[:LETTERS_MAX]
