"""The touch screen's page: drawn by the server, kept fresh by one stream."""

from collections.abc import Iterator
from threading import BoundedSemaphore

import segno
from flask import Flask, Response, abort, jsonify, render_template, request
from markupsafe import Markup

from station.kiosk import guards
from station.kiosk.bench import bench_blueprint
from station.kiosk.host import BenchHost, KioskHost
from station.screens import Screen

KEYPAD = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0")
RETRY_MS = 500
STREAMS_MAX = 16


def create_app(
    host: KioskHost, bench: BenchHost | None = None, *, name: str = "localhost"
) -> Flask:
    """Return the station's pages; the bench is among them only where *bench* is given.

    They answer to *name*, and to no name but that, `localhost` and this machine's addresses.
    """
    app = Flask("station.kiosk")
    guards.install(app, name)
    _add_pages(app, host)
    _add_exchange(app, host)
    if bench is not None:
        app.register_blueprint(bench_blueprint(bench, host))
    return app


def _add_pages(app: Flask, host: KioskHost) -> None:
    @app.get("/")
    def kiosk() -> str:
        screen = host.screen()
        return render_template("kiosk.html", screen=screen, **_parts(screen))

    @app.get("/kiosk.css")
    def sizes() -> Response:
        # Sizes are in millimetres; this one number makes them pixels of this very screen.
        return Response(f":root{{--mm:{host.px_per_mm:g}px}}\n", mimetype="text/css")

    @app.get("/healthz")
    def health() -> Response:
        return jsonify(host.health())


def _add_exchange(app: Flask, host: KioskHost) -> None:
    streams = BoundedSemaphore(STREAMS_MAX)

    @app.get("/events")
    def events() -> Response:
        # Every open page holds a thread; one page too many must not stop the others' buttons.
        if not streams.acquire(blocking=False):
            abort(503, "too many pages of this station are open")
        stream = Response(_stream(app, host), mimetype="text/event-stream")
        stream.call_on_close(streams.release)
        stream.headers["Cache-Control"] = "no-store"
        return stream

    @app.post("/press")
    def press() -> tuple[str, int]:
        button, key = request.form.get("button"), request.form.get("key")
        match button, key:
            case str(), None if button in {each.id for each in host.screen().pressable}:
                host.press(button)
            case None, str() if key in KEYPAD:
                host.key(key)
            case _:
                abort(400, "post one `button` or one `key` that is on the screen")
        return "", 204


def _stream(app: Flask, host: KioskHost) -> Iterator[str]:
    """Yield the page's changing parts, at first and at every change."""
    yield f"retry: {RETRY_MS}\n\n"
    shown = ""
    with host.changes() as changes:
        for _ in changes:
            screen = host.screen()
            with app.app_context():
                fresh = render_template("screen.html", screen=screen, **_parts(screen))
            yield _event(fresh) if fresh != shown else ": still here\n\n"
            shown = fresh


def _event(html: str) -> str:
    lines = "".join(f"data: {line}\n" for line in html.splitlines())
    return f"event: screen\n{lines}\n"


def _parts(screen: Screen) -> dict[str, object]:
    """Return what the templates need besides the screen itself."""
    return {
        "keypad": KEYPAD if screen.pin_filled is not None else (),
        "qr": qr_svg(screen.qr),
        "tools_name": "Verktyg" if screen.lang == "sv" else "Tools",
    }


def qr_svg(payload: str) -> Markup:
    """Return *payload* as a QR in SVG, always dark on light; nothing where it is empty."""
    if not payload:
        return Markup("")
    drawn = segno.make(payload, error="m").svg_inline(
        omitsize=True, border=2, dark="#13221c", light="#fff", svgclass="qr", lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - drawn by segno from our own code and address
