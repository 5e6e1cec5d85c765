"""From the settings to a library system that is asked, by the program as it is started."""

import subprocess
import sys
import time

import pytest

from circulation import topics
from circulation.errors import ConfigError
from hub import exceptions
from hub.app import upgrade
from hub.catalogue.sip2 import opening
from hub.config import Sip2Setting
from tests import databases
from tests.hub.catalogue.sip2.independent import PASSWORD, independent
from tests.hub.catalogue.sip2.rig import Clock, cast
from tests.hub.rig import TalkingHub
from tests.hub.sip2.peers import serving
from tests.hub.test_cli import ROOT, SETTINGS

SECONDS_MAX = 60


def opened(engine, **how):
    setting = Sip2Setting(host="127.0.0.1", port=1, **how)
    return opening.open_catalogue(setting, engine, zone=None, now_ms=Clock())


def password(folder, text, mode=0o600):
    path = folder / "sip2-password"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("text", "mode", "answer"),
    [("hemligt\n", 0o644, "chmod 640"), ("", 0o600, "one password"), ("a|b", 0o600, "bar")],
)
def test_a_password_file_that_will_not_do_is_named(engine, tmp_path, text, mode, answer):
    path = password(tmp_path, text, mode)

    with pytest.raises(ConfigError, match=answer) as wrong:
        opened(engine, user="fingertopp", password=path)
    assert "hemligt" not in str(wrong.value)


def test_a_password_file_that_is_not_there_is_named(engine, tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        opened(engine, user="fingertopp", password=tmp_path / "none")


def test_an_authority_that_is_none_is_named(engine, tmp_path):
    with pytest.raises(ConfigError, match="no authority"):
        opened(engine, tls=True, ca=password(tmp_path, "no certificate"))


def test_what_happened_at_a_station_reaches_the_library_system(tmp_path):
    upgrade(databases.url(tmp_path / "hub.sqlite"))
    hub, system = TalkingHub(tmp_path), cast()
    station = hub.enrol("vindeln-1", "VIN", 1)
    station.lends("B-1", "K-ANNA")
    station.lends("B-2", "K-NOBODY")
    frame = station.framed(topics.FACTS, station.batch())
    hub.takes(station.topic(topics.FACTS), frame)
    with serving(independent(system)) as port, running(tmp_path, port):
        deadline = time.monotonic() + SECONDS_MAX
        while hub.poster.owed() and time.monotonic() < deadline:
            time.sleep(0.05)

    assert hub.poster.owed() == []
    assert system.changes == ["lend B-1 K-ANNA"]
    with hub.engine.connect() as db:
        kinds = [(each.kind, each.item) for each in exceptions.open_exceptions(db)]
    hub.engine.dispose()
    assert kinds == [("unknown_card", "B-2")]


def test_a_new_hub_tells_a_copys_title_and_which_setting_is_wrong(tmp_path):
    with serving(independent(cast())) as port:
        config = running(tmp_path, port).config
        answered = told(config, "story", "--item", "B-1")
        assert answered.returncode == 1
        assert "where it is new, `python -m hub --config FILE upgrade`" in answered.stderr
        assert told(config, "upgrade").returncode == 0

        answered = told(config, "story", "--item", "B-1")
        assert answered.stdout == "Nothing has happened to B-1 (Vägen genom myren).\n"

        answered = told(config, "story", "--item", "B-NONE")
        assert answered.returncode == 1
        assert "neither the catalogue nor the ledger knows" in answered.stderr
    answered = told(config, "story", "--item", "B-1")
    assert answered.returncode == 1
    assert answered.stderr.startswith(f"hub: the library system at 127.0.0.1:{port} is not reached")
    assert answered.stderr.count("\n") == 1


def told(config, *words):
    every = [sys.executable, "-m", "hub", "--config", str(config), *words]
    return subprocess.run(every, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60)


class running:  # noqa: N801 - a context
    """The program, with a library system at *port*, posting until it is told to stop."""

    def __init__(self, folder, port):
        self.config = folder / "hub.toml"
        file = password(folder, f"{PASSWORD}\n")
        more = f'\n[catalogue]\nkind = "sip2"\nhost = "127.0.0.1"\nport = {port}\n'
        more += f'user = "fingertopp"\npassword = "{file.name}"\n'
        rows = databases.url(folder / "hub.sqlite")
        settings = SETTINGS.replace("sqlite:///hub.sqlite", rows)
        self.config.write_text(settings + more, encoding="utf-8")

    def __enter__(self):
        words = [sys.executable, "-m", "hub", "--config", str(self.config), "run", "poster"]
        self.process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE)

    def __exit__(self, *_):
        self.process.terminate()
        _, said = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, said.decode()
        assert PASSWORD not in said.decode()
        assert "K-ANNA" not in said.decode()
