"""A librarian at the desk, by its pages alone."""

import re
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

from tests.journeys.region import Region

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Librarian:
    """Somebody signed in at the desk of *region*."""

    def __init__(self, region: Region) -> None:
        self._desk = region.ready["desk"]
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies)
        password = Path(region.ready["desk_password_file"]).read_text(encoding="utf-8").strip()
        self.sends("/sign-in", on="/sign-in", account="demo", password=password)

    def reads(self, page: str = "/") -> str:
        """Return *page* of the desk."""
        with self._opener.open(f"{self._desk}{page}", timeout=10) as answer:
            return str(answer.read().decode())

    def sends(self, form: str, *, on: str = "/", **fields: str) -> str:
        """Send *form* with the token of the page that it stands *on*; return what is shown."""
        token = _TOKEN.search(self.reads(on))
        assert token, f"no form on {on}"
        data = urllib.parse.urlencode({"csrf_token": token[1], **fields}).encode()
        with self._opener.open(f"{self._desk}{form}", data, timeout=10) as answer:
            return str(answer.read().decode())
