"""The addresses at which machines ask to be stations, to stay so, and whom to believe."""

from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from flask import Blueprint, Response, request

from circulation.authorities import TRUST
from circulation.errors import UNREADABLE
from circulation.joining import BODY_BYTES_MAX, JOIN, RENEW, Join, NotJoined, Renew
from circulation.updates import REPORT
from hub.joining import BAD, Joining, Refusal

log = structlog.get_logger()


def joining_pages(
    joining: Joining, limit: Callable[[Any], Any], asking: Callable[[Any], Any]
) -> Blueprint:
    """Return the addresses; *limit* slows down whoever guesses, *asking* whoever only asks."""
    pages = Blueprint("joining", __name__)

    @pages.post(JOIN)
    @limit
    def join() -> Response:
        return _answer("joined", Join, joining.join)

    @pages.post(RENEW)
    @limit
    def renew() -> Response:
        return _answer("renewed", Renew, joining.renew)

    @pages.post(REPORT)
    @limit
    def report() -> Response:
        return _said("update_reported", joining.report(request.get_data(cache=False)))

    @pages.get(TRUST)
    @asking
    def trust() -> Response:
        return _body(200, joining.trust())

    return pages


def _answer(what: str, shape: type[Any], say: Callable[[Any], Any]) -> Response:
    try:
        asked = msgspec.json.decode(request.get_data(cache=False)[: BODY_BYTES_MAX + 1], type=shape)
    except UNREADABLE:
        return _body(BAD, NotJoined(message="this is no request to join or to renew"))
    return _said(what, say(asked), station=asked.station)


def _said(what: str, said: Any, **known: str) -> Response:
    if isinstance(said, Refusal):
        # The name may be anything that somebody sent: only what is known here is logged.
        log.info("joining_refused", status=said.status)
        return _body(said.status, said.told)
    log.info(what, **known)
    return _body(200, said)


def _body(status: int, said: object) -> Response:
    return Response(
        msgspec.json.encode(said), status, mimetype="application/json", headers=_NOT_KEPT
    )


_NOT_KEPT = {"Cache-Control": "no-store"}
