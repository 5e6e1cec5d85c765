"""The hub as it is started: what it reads again, and its web on a port."""

import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import msgspec
import pytest

from circulation import sealing
from circulation.identifiers import ItemId
from hub import exceptions
from hub.app import Hub, upgrade
from hub.config import load
from hub.enrolment import Authority
from provisioning import identities
from tests.hub.rig import KEY, NOW, PRIVATE, TalkingHub
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


def test_a_running_hub_looks_for_facts_that_wait_for_others(tmp_path, monkeypatch):
    monkeypatch.setattr("hub.app.CARE_SECONDS", 0.1)
    upgrade(f"sqlite:///{tmp_path}/hub.sqlite")
    before = TalkingHub(tmp_path)
    before.now_ms = 1_600_000_000_000  # long ago, whenever this is run
    station = before.enrol("vindeln-1", "VIN", 1)
    station.takes_back("B-1")
    station.takes_back("B-1")
    before.takes_facts(station, 2, 2)
    before.engine.dispose()
    path = tmp_path / "hub.toml"
    path.write_text(SETTINGS, encoding="utf-8")

    hub = Hub(load(path), lambda: "hub-1")
    hub.start(("poster",))
    try:
        until = time.monotonic() + 10
        while not (desk := _desk(hub)):
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        hub.stop()

    assert desk == ["gap"]


def _desk(hub: Hub) -> list[str]:
    with hub.engine.connect() as db:
        return [each.kind for each in exceptions.open_exceptions(db)]


def test_a_hub_that_is_started_reads_what_the_one_before_it_could_not(tmp_path):
    upgrade(f"sqlite:///{tmp_path}/hub.sqlite")
    before = TalkingHub(tmp_path)
    before.ring = sealing.KeyRing({"another": sealing.new_private_key()})
    before.put_together()
    station = before.enrol("vindeln-1", "VIN", 1)
    station.lends("B-1", "K-ANNA")
    before.takes_facts(station)
    before.engine.dispose()
    identities.identity(tmp_path, "hub", Authority.create("Umeåregionen", NOW), NOW)
    (tmp_path / "sealing.json").write_bytes(msgspec.json.encode({KEY.id: PRIVATE}))
    path = tmp_path / "hub.toml"
    path.write_text(SETTINGS, encoding="utf-8")

    hub = Hub(load(path), lambda: "hub-1")
    hub.start(("poster", "inbox"))
    try:
        until = time.monotonic() + 10
        while (loan := hub.catalogue.item(ItemId("B-1")).loan) is None:
            assert time.monotonic() < until
            time.sleep(0.05)
        with hub.engine.connect() as db:
            desk = exceptions.open_exceptions(db)
    finally:
        hub.stop()

    assert (loan.patron, desk) == ("anna", [])
