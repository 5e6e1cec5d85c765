"""Sloppy, slow, lying and hostile terminals."""

import json
import os
import random
import signal
import ssl
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from alembic import command
from alembic.config import Config
from msgspec.structs import replace

from circulation.certificates import new_key, private_pem, request
from hub.app import MIGRATIONS
from hub.selfchecks import server as server_module
from hub.selfchecks.doorkeeper import WRONG_LOGINS_MAX, Account, Doorkeeper
from hub.selfchecks.server import LINE_BYTES_MAX
from hub.sip2 import codec
from hub.sip2.codec import Message
from tests.hub.joiners import AUTHORITY, NOW
from tests.hub.selfchecks.rig import PASSWORD, Counter, setting
from tests.hub.selfchecks.wire import Wire
from tests.hub.test_cli import ROOT, SETTINGS

LOGIN = b"9300CNsorter|COhemligt|\r"
STATUS = b"9900802.00\r"


@pytest.fixture
def counter(tmp_path):
    counter = Counter(tmp_path)
    yield counter
    counter.close()


@pytest.fixture
def port(counter):
    with counter.serving() as port:
        yield port


@pytest.fixture
def wire(port):
    with closing(Wire(port)) as wire:
        yield wire


@pytest.fixture
def known(wire):
    assert wire.say(LOGIN) == b"941\r"
    return wire


def test_before_it_has_logged_in_a_device_is_told_the_status_and_nothing_else(counter, wire):
    assert wire.say(STATUS).startswith(b"98YYY")
    assert wire.say(b"17" + counter.stamp().encode() + b"AO|ABB-1|\r") == b""


@pytest.mark.parametrize(
    "line", [b"9300CNsorter|COfel|\r", b"9300CNnobody|COhemligt|\r", b"9300\r"]
)
def test_a_wrong_login_is_no_login(wire, line):
    assert wire.say(line) == b"940\r"
    assert wire.say(LOGIN) == b"941\r"


def test_whoever_guesses_rests_even_with_the_right_password():
    now = [0.0]
    account = Account(user="a", password="rätt", encoding="utf-8", service=None)
    door = Doorkeeper([account], monotonic=lambda: now[0])

    def login(password, host="10.0.0.1"):
        return door.let_in(host, Message("93", fields=(("CN", "a"), ("CO", password))))

    for _ in range(WRONG_LOGINS_MAX):
        assert login("fel") is None
    assert login("rätt") is None
    assert login("rätt", host="10.0.0.2") is account
    now[0] += 61
    assert login("rätt") is account


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r\n\r\n"])
def test_lines_may_end_as_they_like(port, end):
    with closing(Wire(port)) as wire:
        wire.socket.sendall(LOGIN.strip() + end + STATUS.strip() + end)
        assert wire.hear() == b"941\r"
        assert wire.hear().startswith(b"98")


def test_a_line_may_come_in_pieces(known):
    for byte in STATUS[:-1]:
        known.socket.sendall(bytes([byte]))
    assert known.say(b"\r").startswith(b"98")


def test_checksums_are_checked_and_answered_in_kind(known):
    asked = codec.decode(STATUS, encoding="utf-8").message
    good = codec.encode(asked, encoding="utf-8", sequence=3)

    told = known.say(good)
    bent = known.say(good.replace(b"080", b"081"))

    read = codec.decode(told, encoding="utf-8")
    assert (read.sum_held, read.sequence) == (True, 3)
    assert bent == b"96AZFEF6\r"


def test_the_last_answer_is_said_again_when_asked_for(known):
    told = known.say(STATUS)

    assert known.say(b"97\r") == told


def test_what_is_said_again_has_a_checksum_and_no_digit(known):
    asked = codec.decode(STATUS, encoding="utf-8").message
    told = known.say(codec.encode(asked, encoding="utf-8", sequence=7))

    for _ in range(2):
        again = known.say(b"97AZFEF5\r")
        assert again[:-5] == told[:-10] + b"AZ"
        read = codec.decode(again, encoding="utf-8")
        assert (read.sequence, read.sum_held) == (None, True)


def test_where_nothing_was_said_it_is_the_terminal_that_says_it_again(wire):
    assert wire.say(b"97AZFEF5\r") == b"96AZFEF6\r"


@pytest.mark.parametrize(
    "number", [b"B-\xff1", b"B\x001", b"B-" + b"1" * 63, "B-å".encode("latin-1")]
)
def test_a_number_that_cannot_be_read_is_asked_for_again(counter, known, number):
    stamp = counter.stamp().encode()

    assert known.say(b"09N" + stamp * 2 + b"APx|AO|AB" + number + b"|AC|\r") == b"96\r"
    assert counter.kinds() == []


def test_a_password_may_have_letters_of_the_devices_own_encoding(counter):
    told = setting(counter.folder, encoding="cp850")
    (counter.folder / "device-password").write_text("hemligåt\n")
    with counter.serving(settings=told) as port, closing(Wire(port)) as wire:
        assert wire.say("9300CNsorter|COhemligåt|\r".encode("cp850")) == b"941\r"


def test_what_is_no_sip2_is_asked_for_again_and_then_hung_up_on(known):
    assert known.say(b"GET / HTTP/1.1\r") == b"96\r"
    assert known.say(b"\x00\xff\xfe\r") == b"96\r"
    assert known.say(b"zz\r") == b""


def test_a_line_without_an_end_is_hung_up_on(known):
    known.socket.sendall(b"1" * (LINE_BYTES_MAX + 5000))

    assert known.hear() == b""


def test_a_slow_line_is_hung_up_on(counter, monkeypatch):
    monkeypatch.setattr(server_module, "LINE_SECONDS_MAX", 0.3)
    with counter.serving() as port, closing(Wire(port)) as wire:
        begun = time.monotonic()
        wire.socket.sendall(b"99")
        while wire.socket.fileno() >= 0 and time.monotonic() - begun < 20:
            try:
                wire.socket.sendall(b"0")
            except OSError:
                break
            time.sleep(0.05)
        assert time.monotonic() - begun < 20


def test_no_more_lines_than_there_is_room_for(counter):
    told = replace(setting(counter.folder), connections_max=2)
    with counter.serving(settings=told) as port:
        held = [Wire(port) for _ in range(2)]
        for each in held:
            assert each.say(LOGIN) == b"941\r"
        with closing(Wire(port)) as third:
            assert third.say(STATUS) == b""
        for each in held:
            assert each.say(STATUS).startswith(b"98")
            each.close()


def test_lines_on_which_nobody_logs_in_keep_no_device_out(counter):
    told = replace(setting(counter.folder), connections_max=3)
    with counter.serving(settings=told) as port:
        device = Wire(port)
        assert device.say(LOGIN) == b"941\r"
        nobody = []
        for _ in range(2):
            nobody.append(Wire(port))
            assert nobody[-1].say(STATUS).startswith(b"98")
        with closing(Wire(port)) as other:
            assert other.say(LOGIN) == b"941\r"
            assert nobody[0].hear() == b"", "the oldest is hung up"
            assert nobody[1].say(STATUS).startswith(b"98")
        assert device.say(STATUS).startswith(b"98")
        for each in (device, *nobody):
            each.close()


def test_whoever_does_not_log_in_is_hung_up_on_whatever_is_said(counter, monkeypatch):
    monkeypatch.setattr(server_module, "LOGIN_SECONDS_MAX", 0.5)
    with counter.serving() as port, closing(Wire(port)) as wire, closing(Wire(port)) as device:
        assert device.say(LOGIN) == b"941\r"
        end = time.monotonic() + 20
        while wire.say(STATUS) and time.monotonic() < end:
            time.sleep(0.05)
        assert time.monotonic() < end
        assert device.say(STATUS).startswith(b"98")


def test_a_line_whose_thread_has_only_begun_keeps_no_server_that_is_told_to_end(
    counter, monkeypatch
):
    arrived, released, handle = threading.Event(), threading.Event(), server_module._Talk.handle

    def slowly(self):
        arrived.set()
        released.wait(10)
        handle(self)

    monkeypatch.setattr(server_module._Talk, "handle", slowly)
    with counter.serving() as port:
        wire = Wire(port)
        assert arrived.wait(10)
        later = threading.Timer(0.5, released.set)
        later.start()
        begun = time.monotonic()
    assert time.monotonic() - begun < 10, "it waited for whom it did not know"
    later.join()
    wire.close()


def test_over_tls_too_the_server_ends_when_it_is_told(counter, tmp_path):
    told, context = with_tls(tmp_path)
    with counter.serving(settings=told) as port:
        wire = Wire(port)
        wire.socket = context.wrap_socket(wire.socket, server_hostname="127.0.0.1")
        assert wire.say(LOGIN) == b"941\r"
        begun = time.monotonic()
    assert time.monotonic() - begun < 10
    wire.close()


def with_tls(folder):
    """Return settings with a certificate, and what a client trusts."""
    key = new_key()
    (folder / "s.key").write_bytes(private_pem(key))
    issued = AUTHORITY.issue(request(key, "s"), "s", NOW, hosts=("127.0.0.1",))
    (folder / "s.pem").write_bytes(issued)
    told = replace(setting(folder), certificate=folder / "s.pem", key=folder / "s.key")
    return told, ssl.create_default_context(cadata=AUTHORITY.certificate_pem().decode())


def test_any_line_gets_an_answer_or_a_hang_up_and_the_next_device_is_served(counter, port):
    dice = random.Random(12)
    lines = [
        b"11NN" + counter.stamp().encode() * 2 + b"AOx|AAK-ANNA|ABB-1|AC|",
        b"63006" + counter.stamp().encode() + b"  Y       AO|AAK-ANNA|AD1234|",
        b"09N" + counter.stamp().encode() * 2 + b"APx|AO|ABB-1|AC|",
        b"15+" + counter.stamp().encode() + b"AO|AAK-ANNA|ABB-1|AD1234|",
        LOGIN.strip(),
        STATUS.strip(),
    ]
    for _ in range(150):
        line = bytearray(dice.choice(lines))
        for _ in range(dice.randrange(1, 6)):
            at = dice.randrange(len(line))
            line[at : at + dice.randrange(2)] = bytes([dice.randrange(256)])
        with closing(Wire(port)) as wire:
            wire.say(LOGIN)
            wire.say(bytes(line).replace(b"\r", b"").replace(b"\n", b"") + b"\r")
    with closing(Wire(port)) as wire:
        assert wire.say(LOGIN) == b"941\r"
        assert wire.say(STATUS).startswith(b"98")


def test_over_tls_nothing_is_said_in_clear(counter, tmp_path):
    told, context = with_tls(tmp_path)
    with counter.serving(settings=told) as port:
        with closing(Wire(port)) as wire:
            wire.socket = context.wrap_socket(wire.socket, server_hostname="127.0.0.1")
            assert wire.say(LOGIN) == b"941\r"
        with closing(Wire(port)) as clear:
            assert not clear.say(LOGIN).startswith(b"94")


def test_nothing_private_is_logged(counter, capfd):
    with counter.serving() as port, closing(Wire(port)) as wire:
        wire.say(LOGIN)
        wire.say(b"11NN" + counter.stamp().encode() * 2 + b"AOx|AAK-ANNA|ABB-1|AC|AD1234|\r")
        wire.say(b"zz K-ANNA\r")

    said = "".join(capfd.readouterr())
    assert [each for each in ("K-ANNA", "B-1", PASSWORD, "Vägen") if each in said] == []


# --- as a program ------------------------------------------------------------------------------


def test_the_server_runs_alone_and_ends_when_told(counter, tmp_path):
    counter.close()
    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS))
    alembic.attributes["url"] = counter.hub.url
    command.stamp(alembic, "head")
    device = (
        '\n[sip2]\nport = 0\n[[sip2.device]]\nname = "sorter-1"\nbranch = "VIN"\n'
        'user = "sorter"\npassword = "device-password"\n'
    )
    (tmp_path / "hub.toml").write_text(SETTINGS + device)
    setting(tmp_path)
    ready = tmp_path / "ready.json"
    program = [sys.executable, "-m", "hub", "--config", tmp_path / "hub.toml", "sip2"]
    running = subprocess.Popen(
        [*program, "--host", "127.0.0.1", "--port", "0", "--ready", ready], cwd=ROOT
    )
    try:
        end = time.monotonic() + 30
        while not ready.exists() and time.monotonic() < end:
            assert running.poll() is None
            time.sleep(0.05)
        with closing(Wire(json.loads(ready.read_bytes())["port"])) as wire:
            assert wire.say(LOGIN) == b"941\r"
            told = wire.say(b"11NN" + counter.stamp().encode() * 2 + b"AOx|AAK-ANNA|ABB-1|AC|\r")
            assert told.startswith(b"121")
    finally:
        os.kill(running.pid, signal.SIGTERM)
        assert running.wait(20) == 0


def test_without_devices_it_says_what_is_missing(tmp_path):
    (tmp_path / "hub.toml").write_text(SETTINGS)
    program = [sys.executable, "-m", "hub", "--config", tmp_path / "hub.toml", "sip2"]
    said = subprocess.run(
        program, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )

    assert said.returncode == 78
    assert "no `[[sip2.device]]` is set" in said.stderr
