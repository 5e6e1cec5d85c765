"""The demo's first page: what there is, in a few sentences, a picture and a link each."""

import threading
from collections.abc import Callable
from functools import partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template

import hub.web
from provisioning.demo.ports import HOST
from provisioning.demo.ready import Ready, ReadyStation

_FOLDER = Path(__file__).with_name("start")
PICTURES = {f"/{path.name}": path for path in sorted(_FOLDER.glob("*.svg"))}
_SITE = Path(hub.web.__file__).with_name("static")
_FILES = {
    "/start.css": (_FOLDER / "start.css", "text/css"),
    "/atkinson-latin.woff2": (_SITE / "atkinson-latin.woff2", "font/woff2"),
    "/icon.svg": (_SITE / "fingertip.svg", "image/svg+xml"),
    **{name: (path, "image/svg+xml") for name, path in PICTURES.items()},
}
"""What the page is made of: the typeface and the sign are the public site's own."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; "
    "img-src 'self'; style-src 'self'; font-src 'self'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def page(ready: Ready) -> str:
    """Return the start page of *ready* as HTML."""
    template = Template((_FOLDER / "index.html").read_text(encoding="utf-8"))
    by_kind = {kind: _links(ready.stations, kind) for kind in ("loan", "listening")}
    return template.substitute(
        portal=escape(ready.portal),
        desk=escape(ready.desk),
        password_file=escape(ready.desk_password_file),
        **by_kind,
    )


def _links(stations: list[ReadyStation], kind: str) -> str:
    return "\n".join(
        f'<li><a href="{escape(station.bench)}">{escape(station.municipality)}</a> '
        f'<span class="quiet">{escape(station.id)}</span>{_screen(station)}</li>'
        for station in stations
        if station.kind == kind
    )


def _screen(station: ReadyStation) -> str:
    if station.kind == "listening":
        return ""
    hidden = f'<span class="hidden"> ({escape(station.id)})</span>'
    return f', <a href="{escape(station.url)}">its screen alone{hidden}</a>'


class _Handler(BaseHTTPRequestHandler):
    server_version = "fingertopp"
    sys_version = ""

    def __init__(self, body: Callable[[], str], *args: object) -> None:
        self._body = body
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer with the page, its style sheet, typeface or one of its pictures."""
        if self.path == "/":
            self._send(self._body().encode(), "text/html; charset=utf-8")
        elif self.path in _FILES:
            path, kind = _FILES[self.path]
            self._send(path.read_bytes(), kind)
        else:
            self.send_error(404)

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep quiet: a visit to this page is nobody's business."""


class StartPage:
    """Serves the start page from a thread of its own until stopped."""

    def __init__(self, port: int, ready: Callable[[], Ready]) -> None:
        """Listen on *port*; each visit sees what *ready* returns then."""
        handler = partial(_Handler, lambda: page(ready()))
        self._server = ThreadingHTTPServer((HOST, port), handler)
        self.url = f"http://{HOST}:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, name="start-page")

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Return when the page is no longer served."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
