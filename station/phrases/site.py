"""The hub's site as a fetcher sees it: files by their SHA-256, and nothing believed but that."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from circulation.errors import ConfigError, MessageError
from circulation.messages import PHRASE_LIST_BYTES_MAX
from circulation.phrase_list import ANSWER_BYTES_MAX, PHRASES, unframed
from station.errors import StationError

SECONDS_MAX = 20.0
_HERE = ("127.0.0.1", "::1", "localhost")


class SiteError(StationError):
    """The site did not give what was asked for; it is asked again later."""


class PhraseSite:
    """Where phrases are fetched; the network is a technician's, and may be slow."""

    def __init__(self, url: str, ca: Path | None) -> None:
        """Ask at *url*: https, believed by the authority in *ca*, or this machine itself."""
        parts = urlsplit(url)
        if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in _HERE):
            raise ConfigError(f"[phrases] `site` must begin with https://, not {url[:40]!r}")
        self._url = url.rstrip("/") + PHRASES
        self._context = None
        if parts.scheme == "https":
            try:
                self._context = ssl.create_default_context(cafile=ca)
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(f"{ca}: no authority's certificate: {error}") from error

    def fetch(self, names: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return those of the files *names* that came, by their SHA-256; perhaps none.

        Raises `SiteError` where there was no answer, or none of this kind.
        """
        body = json.dumps([name.hex() for name in names]).encode()
        asked = urllib.request.Request(  # noqa: S310 - only what was checked above comes here
            self._url, body, {"Content-Type": "application/json"}
        )
        limit = PHRASE_LIST_BYTES_MAX + ANSWER_BYTES_MAX
        try:
            with urllib.request.urlopen(  # noqa: S310 - only what was checked above comes here
                asked, timeout=SECONDS_MAX, context=self._context
            ) as answer:
                told = answer.read(limit)
            return unframed(told, PHRASE_LIST_BYTES_MAX)
        except urllib.error.HTTPError as error:
            with error:
                raise SiteError(f"the hub's site answered {error.code}") from error
        except (OSError, ValueError, HTTPException, MessageError) as error:
            raise SiteError(f"no phrases from the hub's site: {error}") from error
