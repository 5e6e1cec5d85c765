"""The bench: a station's simulated parts in a browser, and the same as JSON for tests."""

import difflib
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from circulation.utterances import text_of
from station.kiosk.host import BenchHost, KioskHost
from station.screens import Button, Screen

READERS = ("card", "pad", "finger")
KEYS = (
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "clear", "0", "ok",
    "softer", "up", "louder", "left", "centre", "right", "repeat", "down",
)  # fmt: skip


class _MistakeError(Exception):
    """What was posted cannot be meant; the message says what can."""


def bench_blueprint(bench: BenchHost, host: KioskHost) -> Blueprint:
    """Return `/bench` over *bench*, beside the kiosk page of *host*."""
    pages = Blueprint("bench", "station.kiosk", url_prefix="/bench")
    pages.register_error_handler(_MistakeError, _mistake)
    pages.register_error_handler(HTTPException, _refused)
    # What no page of the bench answers to never gets as far as the bench's own handlers.
    pages.app_errorhandler(404)(_no_such_page)
    pages.app_errorhandler(405)(_no_such_method)
    _add_views(pages, bench, host)
    _add_reports(pages, bench, host)
    _add_readers(pages, bench)
    _add_hands(pages, bench, host)
    return pages


def _add_views(pages: Blueprint, bench: BenchHost, host: KioskHost) -> None:
    @pages.get("", strict_slashes=False)
    def page() -> str:
        branch, readers = host.screen().branch, bench.readers()
        kit = {"has_screen": host.has_screen, "has_scanner": bench.has_scanner}
        return render_template(
            "bench.html", branch=branch, readers=readers, keys=KEYS, size=host.size_px, **kit
        )

    @pages.get("/state")
    def state() -> Response:
        return jsonify(
            lamp=bench.lamp(),
            headphones=bench.headphones(),
            line=bench.line_up(),
            placed=bench.placed(),
            owed=bench.owed(),
            heard=bench.heard(),
        )


def _add_reports(pages: Blueprint, bench: BenchHost, host: KioskHost) -> None:
    @pages.get("/tags")
    def tags() -> Response:
        return jsonify(bench.tags())

    @pages.get("/screen")
    def screen() -> Response:
        return jsonify(as_json(host.screen()))

    @pages.get("/heard")
    def heard() -> Response:
        return jsonify(bench.heard())

    @pages.get("/heard/<int:number>.wav")
    def wav(number: int) -> Response | tuple[Response, int]:
        sound = bench.wav(number)
        if sound is None:
            return jsonify(error=f"nothing kept of utterance {number}"), 404
        return Response(sound, mimetype="audio/wav")

    @pages.get("/owed")
    def owed() -> Response:
        return jsonify(owed=bench.owed())


def _add_readers(pages: Blueprint, bench: BenchHost) -> None:
    @pages.post("/place")
    def place() -> Response:
        bench.place(*_reader_and_tag(bench))
        return jsonify(placed=bench.placed())

    @pages.post("/remove")
    def remove() -> Response:
        reader, tag = _reader_and_tag(bench)
        on_it = bench.placed().get(reader, [])
        if tag not in on_it:
            lies = ", ".join(on_it) or "nothing"
            raise _MistakeError(f"`{tag}` does not lie on the {reader} reader; {lies} does")
        bench.remove(reader, tag)
        return jsonify(placed=bench.placed())


def _add_hands(pages: Blueprint, bench: BenchHost, host: KioskHost) -> None:
    @pages.post("/scan")
    def scan() -> Response:
        text = _posted("text")
        if not bench.has_scanner:
            raise _MistakeError("this station has no scanner")
        if not isinstance(text, str) or not text:
            raise _MistakeError("`text` must be what stands under the barcode")
        bench.scan(text)
        return jsonify(ok=True)

    @pages.post("/key")
    def key() -> Response:
        bench.key(_one_of("key", KEYS))
        return jsonify(ok=True)

    @pages.post("/press")
    def press() -> Response:
        bench.press(_one_of("button", [each.id for each in host.screen().pressable]))
        return jsonify(ok=True)

    @pages.post("/headphones")
    def headphones() -> Response:
        bench.plug(_switch("in"))
        return jsonify(ok=True)

    @pages.post("/line")
    def line() -> Response:
        bench.line(_switch("up"))
        return jsonify(ok=True)


def as_json(screen: Screen) -> dict[str, Any]:
    """Return what is visible and said, as the bench's API tells it."""
    return {
        "state": screen.state,
        "lang": screen.lang,
        "heading": screen.heading,
        "lines": list(screen.lines),
        "rows": [
            {
                "status": row.status,
                "text": row.text,
                "lang": row.text_lang,
                "detail": row.detail,
            }
            for row in screen.rows
        ],
        "buttons": [_button(button) for button in screen.buttons],
        "tools": [_button(button) for button in screen.tools],
        "focus": screen.focus,
        "pin_filled": screen.pin_filled,
        "proof": screen.proof,
        "qr": screen.qr,
        "seconds_left": screen.seconds_left,
        "spoken": text_of(screen.spoken),
        "spoken_loud": text_of(screen.spoken_loud),
        "theme": screen.theme,
        "large": screen.large,
    }


def _button(button: Button) -> dict[str, str]:
    return {"id": button.id, "text": button.text}


def _reader_and_tag(bench: BenchHost) -> tuple[str, str]:
    here = bench.readers()
    reader = _one_of("reader", [name for name in READERS if name in here])
    return reader, _one_of("tag", [tag["name"] for tag in bench.tags()])


def _posted(name: str) -> object:
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise _MistakeError(f'the body must be a JSON object such as {{"{name}": ...}}')
    if name not in body:
        near = difflib.get_close_matches(name, [str(each) for each in body], n=1)
        meant = f"; `{near[0]}` is not it" if near else ""
        raise _MistakeError(f"`{name}` is missing{meant}")
    return body[name]


def _one_of(name: str, known: Iterable[str]) -> str:
    """Return the posted *name*, which must be one of *known*."""
    value, names = _posted(name), list(known)
    if isinstance(value, str) and value in names:
        return value
    near = difflib.get_close_matches(str(value), names, n=1)
    some = ", ".join(names[:12]) + (" ..." if len(names) > 12 else "")
    meant = f"did you mean `{near[0]}`?" if near else f"there are: {some}"
    raise _MistakeError(f"no {name} is called `{str(value)[:60]}`; {meant}")


def _switch(name: str) -> bool:
    value = _posted(name)
    if isinstance(value, bool):
        return value
    raise _MistakeError(f"`{name}` must be true or false, not `{str(value)[:60]}`")


def _mistake(error: _MistakeError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400


def _no_such_page(error: HTTPException) -> HTTPException | tuple[Response, int]:
    if not request.path.startswith("/bench/"):
        return error
    rules = current_app.url_map.iter_rules()
    known = sorted(rule.rule for rule in rules if rule.endpoint.startswith("bench."))
    near = difflib.get_close_matches(request.path, known, n=1)
    meant = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(known)}"
    return jsonify(error=f"the bench has no `{request.path[:60]}`; {meant}"), 404


def _no_such_method(
    error: MethodNotAllowed,
) -> HTTPException | tuple[Response, int, dict[str, str]]:
    if not f"{request.path}/".startswith("/bench/"):
        return error
    offered = ", ".join(sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"}))
    said = f"{request.path} is for {offered}, not {request.method}"
    return jsonify(error=said), 405, {"Allow": offered}


def _refused(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.description or error.name), error.code or 500
