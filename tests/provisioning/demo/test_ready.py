import json
import threading

from provisioning.demo.ready import Ready, ReadyStation, write

READY = Ready(
    start="http://127.0.0.1:20000/",
    portal="http://127.0.0.1:20001/",
    desk="http://127.0.0.1:20001/desk/",
    desk_password_file="/demo/desk-password",
    hub_config="/demo/hub/hub.toml",
    pids={"hub": 7, "umea-1": 8},
    stations=[
        ReadyStation(
            id="umea-1",
            municipality="Umeå",
            branch="UME",
            kind="loan",
            url="http://127.0.0.1:20003/",
            bench="http://127.0.0.1:20003/bench",
        ),
        ReadyStation(
            id="umea-2",
            municipality="Umeå",
            branch="UME",
            kind="listening",
            url="http://127.0.0.1:20004/",
            bench="http://127.0.0.1:20004/bench",
        ),
    ],
)


def test_the_ready_file_says_what_was_agreed(tmp_path):
    write(tmp_path / "ready.json", READY)

    said = json.loads((tmp_path / "ready.json").read_text(encoding="utf-8"))
    assert set(said) == {
        "start", "portal", "desk", "desk_password_file", "hub_config", "pids", "stations"
    }  # fmt: skip
    assert set(said["stations"][0]) == {"id", "municipality", "branch", "kind", "url", "bench"}
    assert said["pids"] == {"hub": 7, "umea-1": 8}


def test_a_reader_never_sees_half_a_ready_file(tmp_path):
    file, stopping = tmp_path / "ready.json", threading.Event()
    write(file, READY)

    def rewrite():
        while not stopping.is_set():
            write(file, READY)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(300):
            assert json.loads(file.read_bytes())["desk"]
    finally:
        stopping.set()
        writer.join(5)
