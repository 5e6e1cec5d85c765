"""What is written for Prometheus: what cannot be had of it is said, and the rest is there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.brokers import running_broker

TEMPLATE = Path(__file__).parents[2] / "ansible/roles/monitoring/templates/figures.j2"
VINDELN = {"id": "vindeln-1", "alive": True, "owed": 2, "faults": ["reader"]}
UMEA = {"id": "umea-1", "alive": False, "owed": 0, "faults": []}
TOLD = "$SYS/broker/clients/connected\t3\n$SYS/broker/uptime\t17 seconds"


@pytest.fixture
def machine(tmp_path):
    """Return a machine whose hub and broker say what they are told to."""
    return Machine(tmp_path)


class Machine:
    """What the role's template comes to, in a folder, with a hub and `mosquitto_sub` beside it."""

    def __init__(self, folder):
        self._folder = folder
        self.figures = folder / "figures"
        self.figures.mkdir()
        self.hub(json.dumps([VINDELN, UMEA]))
        self.broker(TOLD)

    def hub(self, *lines, status=0, last=""):
        self._program("python", lines, status, last)

    def broker(self, *lines, status=27, last=""):
        self._program("mosquitto_sub", lines, status, last)

    def _program(self, name, lines, status, last):
        said = "".join(f"{line}\n" for line in lines)
        path = self._folder / name
        path.write_text(
            f"#!{sys.executable} -S\nimport sys, time\nsys.stdout.buffer.write({said!r}."
            f"encode('utf-8', 'surrogateescape'))\nsys.stdout.flush()\n{last}\nsys.exit({status})\n"
        )
        path.chmod(0o755)

    def write(self, port=1884, seconds=20):
        text = TEMPLATE.read_text()
        for told, here in (
            ("{{ ansible_managed }}", ""),
            ("{{ '{' }}", "{"),
            ("{{ '}' }}", "}"),
            ("{{ monitoring_folder }}", str(self.figures)),
            ("{{ monitoring_hub | bool | ternary('True', 'False') }}", "True"),
            ("{{ monitoring_broker_port | int }}", str(port)),
            ("/opt/fingertopp/venv/bin/python", str(self._folder / "python")),
            ('folder="/opt/fingertopp/app"', 'folder="/"'),
            ("SECONDS_MAX = 20", f"SECONDS_MAX = {seconds}"),
        ):
            assert told in text, told
            text = text.replace(told, here)
        script = self._folder / "write"
        script.write_text(text)
        return subprocess.run(
            [sys.executable, "-S", script], check=False, capture_output=True, text=True, timeout=60,
            env=os.environ | {"PATH": f"{self._folder}:{os.environ['PATH']}"},
        )  # fmt: skip

    def told(self, name):
        return (self.figures / f"fingertopp-{name}.prom").read_text().splitlines()


def test_hub_and_broker_are_written(machine):
    ran = machine.write()

    assert (ran.returncode, ran.stderr) == (0, "")
    assert machine.told("hub")[:-1] == [
        "fingertopp_hub_answers 1",
        'fingertopp_station_alive{station="vindeln-1"} 1',
        'fingertopp_station_owed{station="vindeln-1"} 2',
        'fingertopp_station_faults{station="vindeln-1"} 1',
        'fingertopp_station_alive{station="umea-1"} 0',
        'fingertopp_station_owed{station="umea-1"} 0',
        'fingertopp_station_faults{station="umea-1"} 0',
    ]
    assert machine.told("broker") == [
        "fingertopp_broker_answers 1",
        "fingertopp_broker_connections 3",
        "fingertopp_broker_uptime_seconds 17",
    ]


@pytest.mark.parametrize(
    ("lines", "status", "sentence"),
    [
        ([], 1, "python did not answer: status 1"),
        ([json.dumps([VINDELN])[:40]], 0, "no list of stations, or half of one"),
        (['{"event": "warned"}'], 0, "no list of stations, or half of one"),
        (["\udcff\udcfe"], 0, "no list of stations, or half of one"),
    ],
)
def test_a_hub_that_tells_nothing_keeps_the_brokers_figures_from_nobody(
    machine, lines, status, sentence
):
    machine.hub(*lines, status=status)

    ran = machine.write()

    assert (ran.returncode, len(ran.stderr.splitlines())) == (0, 1)
    assert sentence in ran.stderr
    assert machine.told("hub")[0] == "fingertopp_hub_answers 0"
    assert machine.told("broker")[0] == "fingertopp_broker_answers 1"


def test_who_does_not_answer_in_time_is_told(machine):
    machine.hub(last="time.sleep(60)")
    machine.broker(last="time.sleep(60)")

    ran = machine.write(seconds=1)

    assert ran.returncode == 0
    assert "python did not answer" in ran.stderr
    assert "mosquitto_sub did not answer" in ran.stderr
    assert machine.told("hub")[0] == "fingertopp_hub_answers 0"
    assert machine.told("broker") == ["fingertopp_broker_answers 0"]


def test_a_warning_beside_the_hubs_list_is_not_it(machine):
    machine.hub('{"event": "a warning"}', "Warning: something", json.dumps([UMEA]), "and more")

    ran = machine.write()

    assert (ran.returncode, ran.stderr) == (0, "")
    assert 'fingertopp_station_alive{station="umea-1"} 0' in machine.told("hub")


def test_a_station_that_is_told_of_badly_is_left_out_and_the_others_are_not(machine):
    half = {"id": "vindeln-1", "alive": True}
    machine.hub(json.dumps([half, "?", VINDELN | {"owed": None}, UMEA]))

    ran = machine.write()

    assert ran.returncode == 0
    assert "station 1 of the hub's list is left out: KeyError('owed')" in ran.stderr
    assert len(ran.stderr.splitlines()) == 3
    assert machine.told("hub")[:2] == [
        "fingertopp_hub_answers 1",
        'fingertopp_station_alive{station="umea-1"} 0',
    ]


def test_a_figure_that_the_broker_tells_twice_is_written_once(machine):
    machine.broker(TOLD + "\n$SYS/broker/clients/connected\t4\n$SYS/odd\t1\n$SYS/broker/uptime\t")

    ran = machine.write()

    assert ran.returncode == 0
    assert machine.told("broker") == [
        "fingertopp_broker_answers 1",
        "fingertopp_broker_connections 4",
        "fingertopp_broker_uptime_seconds 17",
    ]
    assert len(ran.stderr.splitlines()) == 2


def test_a_broker_that_refuses_is_told_and_the_hub_is_written(machine):
    machine.broker(status=1, last="print('Error: Connection refused', file=sys.stderr)")

    ran = machine.write()

    assert ran.returncode == 0
    assert ran.stderr == "mosquitto_sub did not answer: Error: Connection refused\n"
    assert machine.told("broker") == ["fingertopp_broker_answers 0"]
    assert machine.told("hub")[0] == "fingertopp_hub_answers 1"


def test_a_file_that_cannot_be_written_fails_and_the_other_is_there(machine):
    (machine.figures / "fingertopp-hub.prom").mkdir()

    ran = machine.write()

    assert ran.returncode == 1
    assert "fingertopp-hub.prom could not be written: Is a directory" in ran.stderr
    assert machine.told("broker")[0] == "fingertopp_broker_answers 1"


def test_a_real_broker_tells_each_figure_once(machine, tmp_path):
    (tmp_path / "mosquitto_sub").unlink()
    with running_broker("mosquitto", tmp_path) as broker:
        ran = machine.write(port=broker.port)

    assert (ran.returncode, ran.stderr) == (0, "")
    names = [line.split()[0] for line in machine.told("broker")]
    assert names[0] == "fingertopp_broker_answers"
    assert "fingertopp_broker_connections" in names
    assert sorted(names) == sorted(set(names))
