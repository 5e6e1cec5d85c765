import json
import os
import signal
import threading
import time
import urllib.request

import pytest

from provisioning.demo.folder import DemoFolder
from provisioning.demo.run import DemoOptions, RunningRegion
from provisioning.demo.stations import STATIONS
from provisioning.demo.supervisor import POLL_SECONDS, Supervisor
from tests.provisioning.demo.test_supervisor import eventually, program

SAYS = """
    import pathlib, time
    pathlib.Path({ready!r}).write_text('''{answer}''')
    time.sleep(600)
"""
SITE = "http://127.0.0.1:1"
HUB = {"url": SITE}
STATION = {"url": "http://127.0.0.1:2/", "bench": "http://127.0.0.1:2/bench"}


@pytest.fixture
def region(tmp_path):
    """Run a region of small processes; yield its ready-file, its echo and a way to stop it."""
    stopping, said = threading.Event(), []
    ready_file = tmp_path / "ready.json"
    stations = [
        program(tmp_path, station.id, SAYS, answer=json.dumps(STATION)) for station in STATIONS
    ]
    stages = [[program(tmp_path, "hub", SAYS, answer=json.dumps(HUB))], stations]
    supervisor = Supervisor(stages, stopping)
    options = DemoOptions(ready_file=ready_file)
    running = RunningRegion(DemoFolder(tmp_path / "demo"), options, supervisor)
    served = threading.Thread(target=running.serve, args=(0, said.append))
    served.start()

    def stop():
        stopping.set()
        served.join(10)

    try:
        assert eventually(ready_file.exists, 20)
        yield ready_file, said, stop
    finally:
        stop()
        supervisor.stop()


def test_the_ready_file_names_every_page_and_process_and_goes_with_the_region(region):
    ready_file, said, stop = region
    ready = json.loads(ready_file.read_bytes())

    assert (ready["portal"], ready["desk"]) == (SITE, f"{SITE}/desk")
    assert set(ready["pids"]) == {"hub", *(station.id for station in STATIONS)}
    assert [station["bench"] for station in ready["stations"]] == [STATION["bench"]] * len(STATIONS)
    with urllib.request.urlopen(ready["start"], timeout=5) as page:
        assert STATION["bench"].encode() in page.read()

    stop()
    assert not ready_file.exists()
    assert any("Start here" in line for line in said)


def test_after_a_kill_the_ready_file_names_the_new_process_within_three_seconds(region):
    ready_file, _, _ = region
    before = json.loads(ready_file.read_bytes())["pids"]

    os.kill(before["hub"], signal.SIGKILL)

    def renamed():
        return json.loads(ready_file.read_bytes())["pids"]["hub"] != before["hub"]

    assert eventually(renamed, 3)
    after = json.loads(ready_file.read_bytes())["pids"]
    assert {name for name in after if after[name] != before[name]} == {"hub"}


def test_a_ready_file_that_cannot_be_written_is_named_and_written_when_it_can_be(region):
    ready_file, said, _ = region
    hub = json.loads(ready_file.read_bytes())["pids"]["hub"]
    ready_file.unlink()
    ready_file.mkdir()

    os.kill(hub, signal.SIGKILL)

    assert eventually(lambda: any("cannot be written" in line for line in said), 5)
    # The new process is up, and nothing new will be told, long before there is room again.
    assert eventually((ready_file.parent / "hub.ready").exists, 5)
    time.sleep(5 * POLL_SECONDS)
    ready_file.rmdir()
    assert eventually(ready_file.exists, 5)
    assert json.loads(ready_file.read_bytes())["pids"]["hub"] != hub
    assert sum("cannot be written" in line for line in said) == 1
