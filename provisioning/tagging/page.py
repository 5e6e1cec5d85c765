"""A page on the desk's own machine: tags are explained, written, paired and written back."""

import secrets
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from flask import Flask, redirect, render_template, request, url_for
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader
from msgspec import Struct
from werkzeug.wrappers import Response

import hub.web
from circulation.tags.content import Usage
from hub.serving import WebServer
from hub.web import language, texts
from hub.web.headers import strict
from provisioning.tagging.desk import Desk
from provisioning.tagging.programming import Wish
from provisioning.tagging.telling import explained
from provisioning.tagging.writer import TagError, Writer
from station.errors import ReaderUnavailableError
from station.events import Place

LOOPBACK = "127.0.0.1"
REPORT_LINES_MAX = 200
PARTS_MAX = 255
ITEM_LETTERS_MAX = 64
USAGES = (Usage.CIRCULATING, Usage.NOT_FOR_CIRCULATION, Usage.PATRON_CARD)
WELL = ("written", "paired", "undone")
_WEB = Path(hub.web.__file__).parent


class Done(Struct, frozen=True):
    """What was written, or was not, in this run."""

    item: str
    what: str
    """`written`, `paired`, or the name of what went wrong."""


class TagPage:
    """What the page can do, one thing at a time."""

    def __init__(
        self, desk: Desk, *, owner: str, pad: Writer, finger: Writer | None, place: Place
    ) -> None:
        """Write for the library *owner* on what is laid at *place*."""
        self.finger = finger
        self.wish = Wish(item="", owner=owner)
        self.report: list[Done] = []
        self.told: dict[str, Any] | None = None
        """What the tag said that was read last."""
        self.trouble: TagError | None = None
        self._desk = desk
        self._pad = pad
        self._place = place
        self._turn = threading.Lock()

    def read(self) -> None:
        """Read what is laid there."""

        def reading() -> None:
            self._desk.lay(self._place)
            self.told = explained(self._pad.awaited()[1])

        self._do("", reading)

    def write(self, wish: Wish) -> None:
        """Write *wish* on what is laid there."""

        def writing() -> None:
            if not wish.over:
                # What was refused still lies there, and is what is meant.
                self._desk.lay(self._place)
            self._pad.write(wish)
            self.report.append(Done(wish.item, "written"))

        self.wish = wish
        self._do(wish.item, writing)

    def pair(self) -> None:
        """Write the book on the pad on the sticker that the finger-reader touches."""
        finger = self.finger
        if finger is None:
            return

        def pairing() -> None:
            self._desk.lay(self._place)
            twin = self._pad.twin(Wish(item="", owner=self.wish.owner))
            self._desk.lay(Place.FINGER)
            finger.write(twin)
            self.report.append(Done(twin.item, "paired"))

        self._do("", pairing)

    def undo(self) -> None:
        """Write back what the last tag said before."""

        def undoing() -> None:
            self._pad.undo()
            self.report.append(Done("", "undone"))

        self._do("", undoing)

    def _do(self, item: str, what: Callable[[], None]) -> None:
        with self._turn:
            self.told, self.trouble = None, None
            try:
                what()
            except TagError as error:
                self.trouble = error
            except ReaderUnavailableError as error:
                self.trouble = TagError("reader", str(error))
            if self.trouble is not None and item:
                self.report.append(Done(item, self.trouble.what))
            del self.report[:-REPORT_LINES_MAX]


def create_app(page: TagPage) -> Flask:
    """Return the web application around *page*; it answers to this machine's own names only."""
    app = Flask("tags", static_folder=str(_WEB / "static"))
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(Path(__file__).with_name("templates")),
            FileSystemLoader(_WEB / "templates"),
        ]
    )
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME="fingertopp_tags",
        SESSION_COOKIE_SAMESITE="Strict",
        TRUSTED_HOSTS=[LOOPBACK, "localhost"],
        MAX_CONTENT_LENGTH=64 << 10,
        WTF_CSRF_TIME_LIMIT=None,
    )
    CSRFProtect(app)
    app.after_request(strict)
    app.add_url_rule("/language/<code>", "language", language.choose)

    @app.context_processor
    def words() -> dict[str, object]:
        lang = language.chosen()
        return {
            "lang": lang,
            "languages": texts.LANGUAGES,
            "region": page.wish.owner,
            "t": lambda key, **values: texts.text(lang, key, **values),
        }

    @app.get("/")
    def tags() -> str:
        return render_template(
            "tags.html", page=page, usages=USAGES, item_max=ITEM_LETTERS_MAX, well=WELL
        )

    @app.post("/do/<what>")
    def do(what: str) -> Response | tuple[str, int]:
        match what:
            case "read":
                page.read()
            case "write":
                page.write(_wish(page.wish.owner))
            case "pair":
                page.pair()
            case "undo":
                page.undo()
            case _:
                return "", 404
        return redirect(url_for("tags"))

    return app


def serve(page: TagPage, port: int, *, say: Callable[[str], None]) -> None:
    """Serve *page* on this machine until interrupted."""
    server = WebServer(create_app(page), LOOPBACK, port, behind_proxies=False)
    server.start()
    say(f"http://{LOOPBACK}:{server.port}/")
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    ended.wait()
    server.stop()


def _wish(owner: str) -> Wish:
    form = request.form
    usage = form.get("usage", type=int, default=int(Usage.CIRCULATING))
    return Wish(
        item=form.get("item", "").strip()[:ITEM_LETTERS_MAX],
        owner=owner,
        usage=Usage(usage) if usage in list(USAGES) else Usage.CIRCULATING,
        part=_part("part"),
        parts=_part("parts"),
        over=frozenset(filter(None, [form.get("over", "")])),
    )


def _part(name: str) -> int:
    return min(max(request.form.get(name, type=int, default=1), 1), PARTS_MAX)
