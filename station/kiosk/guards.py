"""Keeps strangers' pages away from this one: headers, and who may post."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

CSP = "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
POST_BYTES_MAX = 16 << 10


def install(app: Flask) -> None:
    """Refuse posts from other origins, and send the headers on every answer."""
    app.config["MAX_CONTENT_LENGTH"] = POST_BYTES_MAX
    app.before_request(_refuse_strangers)
    app.after_request(_headers)


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
