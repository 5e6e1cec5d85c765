"""Keeps strangers' pages away from this one: headers, and who may post."""

import ipaddress
import socket
from urllib.parse import urlsplit

from flask import Flask, Response, request

CSP = "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
POST_BYTES_MAX = 16 << 10


def install(app: Flask, name: str) -> None:
    """Answer to *name* and this machine's own addresses only, and no post from other origins."""
    app.config["MAX_CONTENT_LENGTH"] = POST_BYTES_MAX
    app.before_request(lambda: _refuse_names(name))
    app.before_request(_refuse_strangers)
    app.after_request(_headers)


def _refuse_names(name: str) -> tuple[dict[str, str], int] | None:
    # A stranger's name can be made to lead here: then his pages would be of our own origin.
    asked = _host_asked()
    if asked in ("localhost", name.lower()) or _is_this_machine(asked):
        return None
    return {"error": f"this station is not called {asked[:60]!r}; use its address"}, 403


def _host_asked() -> str:
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def _is_this_machine(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if ip.is_loopback:
        return True
    family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
    # An address can be bound where it is this machine's, whenever and however it was given one.
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as ours:
            ours.bind((address, 0))
    except OSError:
        return False
    return True


def _refuse_strangers() -> tuple[dict[str, str], int] | None:
    if request.method in ("GET", "HEAD") or not _is_strange():
        return None
    return {"error": "only this station's own pages may press its buttons"}, 403


def _is_strange() -> bool:
    """Return True for another site's page; a program that is no browser sends neither header."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    if site not in ("same-origin", "none"):
        return True
    try:
        return origin is not None and urlsplit(origin).netloc != request.host
    except ValueError:
        return True


def _headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if response.mimetype in ("text/html", "application/json"):
        response.headers["Cache-Control"] = "no-store"
    return response
