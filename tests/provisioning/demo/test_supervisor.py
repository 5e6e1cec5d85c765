import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from provisioning.demo.children import Program
from provisioning.demo.supervisor import StartError, Supervisor

SERVES = """
    import json, pathlib, time
    pathlib.Path({ready!r}).write_text(json.dumps({{"url": "http://here"}}))
    time.sleep(600)
"""


def program(folder, name, script=SERVES, **values):
    ready = folder / f"{name}.ready"
    text = textwrap.dedent(script).format(ready=str(ready), **values)
    return Program(
        name=name,
        command=(sys.executable, "-S", "-c", text),
        ready=ready,
        log=folder / "log" / f"{name}.log",
    )


@pytest.fixture
def running():
    """Yield a function that starts programs under a supervisor, stopped when the test is over."""
    supervisors = []

    def run(*programs):
        supervisor = Supervisor([programs], threading.Event())
        supervisors.append(supervisor)
        supervisor.start(lambda name: None)
        return supervisor

    yield run
    for supervisor in supervisors:
        supervisor.stop()


def gone(pid):
    """Return whether no process *pid* lives (one that nobody has buried yet does not)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def eventually(true, seconds=5.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.02)
    return False


def test_a_region_is_up_when_every_process_says_so(tmp_path):
    came_up = []
    supervisor = Supervisor(
        [[program(tmp_path, "broker")], [program(tmp_path, "hub")]], threading.Event()
    )

    supervisor.start(came_up.append)
    supervisor.stop()

    assert came_up == ["broker", "hub"]
    assert all(gone(pid) for pid in supervisor.pids().values())


def test_a_killed_process_is_running_again_within_three_seconds(tmp_path, running):
    supervisor = running(program(tmp_path, "hub"), program(tmp_path, "vindeln-1"))
    hub, station = supervisor.pids()["hub"], supervisor.pids()["vindeln-1"]
    told = []

    def tell():
        told.append(supervisor.pids()["hub"])
        return True

    os.kill(hub, signal.SIGKILL)
    supervisor.keep(tell, seconds=1.5)

    assert supervisor.pids()["hub"] != hub
    assert supervisor.pids()["vindeln-1"] == station
    assert told == [supervisor.pids()["hub"]] * 2, "once when started, once when ready"
    assert supervisor.children[0].is_ready()
    assert supervisor.children[0].answer == {"url": "http://here"}


def test_a_process_that_keeps_dying_is_still_tried_every_few_seconds(tmp_path, running):
    supervisor = running(program(tmp_path, "hub"))
    deaths = []

    def kill_again():
        deaths.append(time.monotonic())
        os.kill(supervisor.pids()["hub"], signal.SIGKILL)
        return True

    kill_again()
    supervisor.keep(kill_again, seconds=2.5)

    assert len(deaths) >= 3
    assert max(after - before for before, after in pairwise(deaths)) < 3


def test_a_wrong_setting_stops_the_start_and_is_shown(tmp_path):
    wrong = "import sys; print('unknown setting `portt`', file=sys.stderr); sys.exit(78)"
    supervisor = Supervisor([[program(tmp_path, "hub", wrong)]], threading.Event())

    with pytest.raises(StartError, match=r"hub ended with status 78.*\n.*unknown setting `portt`"):
        supervisor.start(lambda name: None)
    supervisor.stop()


def test_a_process_that_never_comes_up_is_given_up(tmp_path):
    supervisor = Supervisor(
        [[program(tmp_path, "hub", "import sys; sys.exit(1)")]], threading.Event()
    )

    with pytest.raises(StartError, match="hub ended with status 1"):
        supervisor.start(lambda name: None)
    supervisor.stop()


def test_a_process_that_will_not_stop_is_killed_in_time(tmp_path):
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + textwrap.dedent(
        SERVES
    )
    supervisor = Supervisor([[program(tmp_path, "hub", stubborn)]], threading.Event())
    supervisor.start(lambda name: None)
    begun = time.monotonic()

    supervisor.stop()

    assert gone(supervisor.pids()["hub"])
    assert time.monotonic() - begun < 3


def test_a_start_that_is_called_off_stops_what_was_started(tmp_path):
    stopping, came_up = threading.Event(), []
    slow = "import time; time.sleep(600)"
    stages = [[program(tmp_path, "broker")], [program(tmp_path, "hub", slow)]]
    supervisor = Supervisor([*stages, [program(tmp_path, "umea-1")]], stopping)

    threading.Timer(0.5, stopping.set).start()
    started = supervisor.start(came_up.append)
    supervisor.stop()

    assert not started
    assert came_up == ["broker"]
    assert all(gone(child.pid) for child in supervisor.children[:2])


def test_what_a_process_started_goes_with_it(tmp_path):
    parent = """
        import json, pathlib, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
        pathlib.Path({ready!r}).write_text(json.dumps({{"child": child.pid}}))
        time.sleep(600)
    """
    supervisor = Supervisor([[program(tmp_path, "hub", parent)]], threading.Event())
    supervisor.start(lambda name: None)
    grandchild = supervisor.children[0].answer["child"]

    supervisor.stop()

    assert eventually(lambda: gone(grandchild))


def test_nothing_is_left_behind_when_the_supervisor_itself_is_killed(tmp_path):
    """The kernel ends the children; no code of the supervisor's runs."""
    answer = tmp_path / "pids.json"
    script = f"""
        import json, pathlib, sys, threading
        sys.path.insert(0, {str(Path.cwd())!r})
        from tests.provisioning.demo.test_supervisor import Supervisor, program
        folder = pathlib.Path({str(tmp_path)!r})
        supervisor = Supervisor([[program(folder, "broker"), program(folder, "hub")]],
                                threading.Event())
        supervisor.start(lambda name: None)
        pathlib.Path({str(answer)!r}).write_text(json.dumps(supervisor.pids()))
        supervisor.keep(lambda: None)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    assert eventually(answer.exists, 20)
    assert eventually(lambda: answer.read_text() != "")
    pids = json.loads(answer.read_text())

    process.kill()
    process.wait()

    assert eventually(lambda: all(gone(pid) for pid in pids.values()))
