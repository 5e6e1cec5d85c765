"""`python -m station journal` on the station's own settings, from another process."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509

from circulation import envelopes, exports
from circulation.exports import Origin
from circulation.facts import Checkin
from circulation.identifiers import ItemId
from station.errors import JournalError
from station.journal_cli import write_whole
from tests.station import damage
from tests.station.machine import write_station
from tests.station.rig import AT, open_journal

ROOT = Path(__file__).parent.parent.parent
ITEM = "30000001"


@pytest.fixture
def path(tmp_path):
    """Return the settings of a station that owes three facts and runs."""
    written = write_station(tmp_path)
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    journal = open_journal(data)
    for _ in range(3):
        journal.record(Checkin(at=AT, item=ItemId(ITEM)))
    yield written
    journal.close()


def said(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "station", "--config", str(path), "journal", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_show_says_how_much_is_owed(path):
    told = said(path, "show")
    assert "Epoch 1 of vindeln-1: 3 facts written, 0 acknowledged, 3 owed" in told.stdout
    assert ITEM not in told.stdout

    assert json.loads(said(path, "show", "--json").stdout)["owed"] == 3


def test_check_ends_with_0_where_all_is_whole_and_1_with_a_sentence_where_not(path):
    told = said(path, "check")
    assert (told.returncode, told.stdout) == (0, "The journal is whole.\n")

    damage.spoil(path.parent / "data", 2)
    told = said(path, "check")
    assert (told.returncode, told.stdout) == (1, "Fact 2 cannot be read any more.\n")
    assert json.loads(said(path, "check", "--json").stdout) == ["Fact 2 cannot be read any more."]


def test_an_export_is_signed_by_the_station_and_names_nothing(path, tmp_path):
    stick = tmp_path / "stick.export"
    told = said(path, "export", str(stick))

    certificate = x509.load_pem_x509_certificate((tmp_path / "certificate.pem").read_bytes())
    origin = Origin("vindeln", certificate.public_key())
    (part,) = exports.read(io.BytesIO(stick.read_bytes()), lambda _: origin)
    assert [envelopes.address(raw).seq for raw in part.envelopes] == [1, 2, 3]
    assert told.stdout.startswith("3 facts written to")
    assert ITEM.encode() not in stick.read_bytes()


def test_an_export_never_writes_over_another_file(path, tmp_path):
    stick = tmp_path / "stick.export"
    stick.write_bytes(b"yesterday's")

    told = said(path, "export", str(stick))

    assert told.returncode == 1
    assert "exists already; give another name" in told.stderr
    assert stick.read_bytes() == b"yesterday's"


def test_a_stick_that_is_gone_or_full_is_one_sentence_and_leaves_no_half(path, tmp_path):
    told = said(path, "export", str(tmp_path / "gone" / "stick.export"))
    assert told.returncode == 1
    assert "could not be written: No such file or directory" in told.stderr
    assert "Traceback" not in told.stderr

    def torn():
        yield b"half"
        raise OSError(28, "No space left on device")

    with pytest.raises(JournalError, match="No space left"):
        write_whole(tmp_path / "full.export", torn())
    assert not list(tmp_path.glob("full.export*"))


def test_a_stick_that_is_pulled_out_meanwhile_is_one_sentence(tmp_path):
    stick = tmp_path / "stick"
    stick.mkdir()

    def pulled():
        yield b"half"
        stick.rename(tmp_path / "pocket")
        stick.write_bytes(b"")
        yield b"the other half"

    with pytest.raises(JournalError, match=r"could not be written: Not a directory"):
        write_whole(stick / "vindeln-1.export", pulled())


def test_a_station_without_a_fact_has_nothing_to_export(tmp_path):
    path = write_station(tmp_path)
    (tmp_path / "data").mkdir(exist_ok=True)

    told = said(path, "export", str(tmp_path / "stick.export"))

    assert told.returncode == 1
    assert "nothing to export" in told.stderr
