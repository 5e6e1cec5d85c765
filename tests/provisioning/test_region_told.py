"""What cannot be in a region's certificates and settings is refused before anything is made."""

import pytest
import yaml
from click.testing import CliRunner

from provisioning.cli import commands

GOOD = {"--name": "Umeåregionen", "--hub": "hub.example.org", "--broker": "b.example.org"}


def asked(folder, **changed):
    told = GOOD | {f"--{option}": value for option, value in changed.items()}
    words = [word for pair in told.items() for word in pair]
    return CliRunner().invoke(commands, ["region", "new", str(folder), *words])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "R" * 65}, "has more than 64 letters"),
        ({"name": "Å" * 33}, "has more than 64 letters, where å, ä and ö count twice"),
        ({"name": " "}, "cannot be used"),
        ({"name": "a\tb"}, "cannot be used"),
        ({"name": "a\0b"}, "cannot be used"),
        ({"name": "a\u2028b"}, "cannot be used"),
        ({"name": "a\udcffb"}, "cannot be used"),
        ({"name": 'a"b'}, "cannot be used"),
        ({"hub": "h" * 53 + ".example.org"}, "has more than 64 letters"),
        ({"hub": "bibliotek.vännäs.se"}, "did you mean 'bibliotek.xn--vnns-loac.se'"),
        ({"hub": "https://hub.example.org"}, "is no host's name"),
        ({"hub": "{{ hub }}"}, "is no host's name"),
        ({"broker": "b.example.org."}, "is no host's name"),
        ({"broker": "-b.example.org"}, "is no host's name"),
        ({"broker": ""}, "is no host's name"),
        ({"database": "/var/lib/hub.db"}, "is no URL of a database"),
        ({"database": "sqllite:///hub.db"}, "'sqllite' is none of sqlite and postgresql+psycopg"),
        ({"database": "postgresql:///f"}, "'postgresql' is none of sqlite and postgresql+psycopg"),
        ({"database": 'sqlite:///a"b'}, "is none of"),
        ({"database": "postgresql+psycopg://u:hush@h/f"}, "name a file"),
        ({"database": "postgresql+psycopg:///f?password=hush"}, "name a file"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_made(tmp_path, changed, sentence):
    told = asked(tmp_path / "region", **changed)

    assert told.exit_code == 2, told.output
    assert sentence in " ".join(told.output.split())
    assert "hush" not in told.output
    assert not (tmp_path / "region").exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "R" * 64},
        {"hub": "10.0.0.1", "broker": "fd00::1"},
        {"hub": "yes", "broker": "123"},
        {"database": "postgresql+psycopg:///fingertopp?passfile=/etc/fingertopp/pass"},
    ],
)
def test_what_is_seldom_and_whole_is_taken(tmp_path, changed):
    told = asked(tmp_path / "region", **changed)

    assert told.exit_code == 0, told.output
    hosts = yaml.safe_load((tmp_path / "region" / "hosts.yml").read_text())["all"]["children"]
    broker, hub = (list(hosts[group]["hosts"]) for group in ("brokers", "hubs"))
    assert broker == [changed.get("broker", GOOD["--broker"])]
    assert hub == [changed.get("hub", GOOD["--hub"])]
