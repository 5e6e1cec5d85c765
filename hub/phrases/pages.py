"""The address at which stations fetch files by their SHA-256."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from flask import Blueprint, Response, abort, request

from circulation.messages import PHRASE_LIST_BYTES_MAX
from circulation.phrase_list import ANSWER_BYTES_MAX, ASKED_MAX, PHRASES, framed
from hub.phrases.store import path_of

_ASKED = msgspec.json.Decoder(list[str])


def phrase_pages(folder: Path, limit: Callable[[Any], Any]) -> Blueprint:
    """Return the address; *limit* slows down whoever wants the hub's time."""
    pages = Blueprint("phrases", __name__)

    @pages.post(PHRASES)
    @limit
    def phrases() -> Response:
        body = b"".join(framed(_files(folder, _asked(request.get_data(cache=False)))))
        return Response(body, mimetype="application/octet-stream")

    return pages


def _asked(body: bytes) -> list[bytes]:
    try:
        names = [bytes.fromhex(name) for name in _ASKED.decode(body)]
    except (msgspec.DecodeError, ValueError):
        abort(400)
    if len(names) > ASKED_MAX or any(len(name) != 32 for name in names):
        abort(400)
    return names


def _files(folder: Path, names: list[bytes]) -> Iterator[bytes]:
    """Give the files that are here until the answer is large enough; the first in any case."""
    size = 0
    for name in names:
        try:
            path = path_of(folder, name)
            here = path.stat().st_size
            if size and size + here > ANSWER_BYTES_MAX:
                return
            if here <= PHRASE_LIST_BYTES_MAX:
                size += here
                yield path.read_bytes()
        except FileNotFoundError:
            continue
