"""The hub's web as it is served: on a port, with what stands before it."""

import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from hub.app import Hub
from hub.config import load
from provisioning import identities
from tests.hub.test_cli import SETTINGS

TRIES_A_MINUTE = 30


@contextmanager
def serving(folder, web):
    """Serve the hub's web with the settings *web*, and give its address."""
    identities.secret(folder / "secret")
    path = folder / "hub.toml"
    path.write_text(f"{SETTINGS}\n[web]\n{web}\n", encoding="utf-8")
    hub = Hub(load(path), lambda: "hub-1")
    hub.start(("web",))
    try:
        yield f"http://127.0.0.1:{hub.web_port}"
    finally:
        hub.stop()


def tried(site, visitor):
    """Return the status of a try at a receipt's code by *visitor*, as the proxy tells."""
    request = urllib.request.Request(f"{site}/proof/1-1-1-X", headers={"X-Forwarded-For": visitor})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


@pytest.mark.parametrize(("web", "other"), [("proxies = 1", 200), ("proxies = 0", 429)])
def test_behind_a_proxy_who_guesses_keeps_no_other_visitor_waiting(tmp_path, web, other):
    with serving(tmp_path, web) as site:
        for _ in range(TRIES_A_MINUTE):
            assert tried(site, "192.0.2.7") == 200

        assert tried(site, "192.0.2.7") == 429
        assert tried(site, "192.0.2.8") == other
