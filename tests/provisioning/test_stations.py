"""From a new region to a station that has joined it, by the commands that a technician runs."""

import json
import re
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing

import pytest

from circulation.certificates import new_key, private_pem
from circulation.errors import ConfigError
from hub import claims
from hub.app import Hub, upgrade
from hub.catalogue.importing import import_file
from hub.catalogue.region import load_region
from hub.config import load
from hub.database import open_database
from hub.enrolment import load_authority
from hub.joining import remember_sealing
from hub.keys import load_ring
from provisioning.demo.region import EXAMPLE
from provisioning.medium import medium as medium_command
from provisioning.stations import expected, read_lines
from provisioning.wifi import read_wifi
from tests.hub.joiners import NOW_MS, JoiningHub, asking
from tests.hub.test_cli import ROOT


def run(*words, ok=True):
    command = [sys.executable, "-m", "provisioning", *map(str, words)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode == 0) is ok, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if ok else done.stderr


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    """Return a new region whose hub has the example's branches."""
    folder = tmp_path_factory.mktemp("new")
    database = f"sqlite:///{folder}/hub.db"
    run(
        "region", "new", folder / "region", "--name", "Umeåregionen", "--hub", "hub.example.org",
        "--broker", "broker.example.org", "--database", database,
    )  # fmt: skip
    upgrade(database)
    engine = open_database(database)
    import_file(engine, EXAMPLE / "titles.mrc")
    load_region(engine, EXAMPLE, NOW_MS)
    engine.dispose()
    return folder / "region"


@pytest.fixture
def hub(region):
    return region / "hub" / "hub.toml"


@pytest.fixture
def engine(hub):
    engine = open_database(load(hub).database)
    yield engine
    engine.dispose()


def add(hub, to, *words, ok=True):
    return run("station", "add", "--hub", hub, "--to", to, *words, ok=ok)


def test_a_new_region_has_all_that_a_hub_needs_and_keeps_it_for_its_owner(region, hub):
    config = load(hub)
    issuer = load_authority(config.enrolment.authority)
    assert issuer.certificate.subject.rfc4514_string() == "CN=Umeåregionen"
    load_ring(config.sealing)
    secrets = [*region.rglob("*.key"), *region.rglob("key.pem"), config.sealing, config.secret]
    assert len(secrets) >= 6
    assert {stat.S_IMODE(each.stat().st_mode) for each in secrets} == {0o600}
    assert stat.S_IMODE(region.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("words", "accept"), [((), "token"), (("--accept", "technician"), "technician")]
)
def test_a_region_chooses_what_lets_a_station_in(tmp_path, words, accept):
    named = ("--name", "R", "--hub", "h", "--broker", "b", "--database", "sqlite:///hub.db")
    run("region", "new", tmp_path / "r", *named, *words)

    assert load(tmp_path / "r" / "hub" / "hub.toml").enrolment.accept == accept


def test_a_region_is_not_made_over_another(region):
    said = run("region", "new", region, "--name", "R", "--hub", "h", "--broker", "b", ok=False)

    assert "is not empty" in said


@pytest.mark.parametrize(
    ("option", "value"), [("--name", 'R"'), ("--hub", "https://h"), ("--broker", "")]
)
def test_an_odd_name_is_refused_and_nothing_is_left(tmp_path, option, value):
    words = {"--name": "R", "--hub": "h", "--broker": "b"} | {option: value}

    said = run(
        "region", "new", tmp_path / "r", *(w for each in words.items() for w in each), ok=False
    )

    assert option in said
    assert not (tmp_path / "r").exists()


def test_a_station_that_is_expected_joins_with_its_token(hub, engine, tmp_path):
    said = add(hub, tmp_path / "t", "umea-3", "--branch", "UMS", "--kit", "loan-pi4-mfrc522")

    token = (tmp_path / "t" / "umea-3.token").read_text().strip()
    assert stat.S_IMODE((tmp_path / "t" / "umea-3.token").stat().st_mode) == 0o600
    assert token not in said
    given = JoiningHub(engine).joining.join(asking(token, new_key(), id_="umea-3"))
    assert (given.branch, given.kit) == ("UMS", "loan-pi4-mfrc522")
    assert add(
        hub, tmp_path / "t", "umea-3", "--branch", "UMS", "--kit", "loan-pi4-mfrc522", ok=False
    )


def test_many_are_added_by_a_table_and_a_dry_run_adds_none(hub, engine, tmp_path):
    table = tmp_path / "s.csv"
    table.write_text(
        "id,branch,kit,serial\nvindeln-8,VIN,loan-pi4-mfrc522,\nvindeln-9,VIN,listening-pi4-ring,1000\n"
    )

    said = add(hub, tmp_path / "t", "--csv", table, "--dry-run")
    assert "dry run" in said
    assert not (tmp_path / "t").exists()
    with closing(engine.connect()) as db:
        assert claims.of(db, "vindeln-8") is None

    add(hub, tmp_path / "t", "--csv", table)
    with closing(engine.connect()) as db:
        found = {each: claims.of(db, each) for each in ("vindeln-8", "vindeln-9")}
    assert [each.kind for each in found.values()] == ["loan", "listening"]
    assert [each.serial for each in found.values()] == ["", "1000"]
    assert {each.municipality for each in found.values()} == {"Vindeln"}
    assert len({each.number for each in found.values()}) == 2


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("id,branch,kit\nx-1,VIM,loan-pi4-mfrc522\n", ["line 2", "'VIM'", "did you mean 'VIN'"]),
        ("id,branch,kit\nx-1,VIN,loan-pi4-mfrc5222\n", ["line 2", "loan-pi4-mfrc522"]),
        (
            "id,branch,kit\nx-1,VIN,k\nx-1,VIN,k\n",
            ["line 2", "two stations"],
        ),
        ("id,branch,kit\nX 1,VIN,simulated-loan\n", ["line 2", "no name for a station"]),
        ("id,brunch,kit\n", ["line 1", "did you mean 'branch'"]),
        ("id,kit\n", ["line 1", "missing: branch"]),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_added(hub, engine, tmp_path, table, said):
    (tmp_path / "s.csv").write_text(table)

    told = add(hub, tmp_path / "t", "--csv", tmp_path / "s.csv", ok=False)

    for each in said:
        assert each in told
    assert not (tmp_path / "t").exists()
    with closing(engine.connect()) as db:
        assert claims.of(db, "x-1") is None


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("id,id,branch,kit\nx-0,x-1,VIN,simulated-loan\n", ["line 1", "two columns", "id"]),
        ("id,branch,kit\n", ["has no stations"]),
        ("id,branch,kit\nx-1,VIN\n", ["line 2", "kit is missing"]),
        ("id,branch,kit\nx-1,VIN,simulated-loan,9\n", ["line 2", "more in it than"]),
        ('id,branch,kit\nx-1,VIN,simulated-loan\nx-2,VIN,"sim\n', ["line 3", "unexpected end"]),
        (
            "id,branch,kit,serial\nx-1,VIN,simulated-loan,7\nx-2,VIN,simulated-loan,7\n",
            ["line 2", "the serial number 7"],
        ),
        (
            "id,branch,kit,serial\nx-1,VIN,simulated-loan,0ab\nx-2,VIN,simulated-loan,0AB\n",
            ["line 2", "two machines have the serial number 0ab"],
        ),
        (
            "id,branch,kit,serial\nx-1,VIN,simulated-loan,0\0ab\n",
            ["line 2", "is no machine's serial number"],
        ),
        (
            f"id,branch,kit,serial\nx-1,VIN,simulated-loan,{'A' * 65}\n",
            ["line 2", "is no machine's serial number"],
        ),
        ('"id,branch,kit\nx-1,VIN,simulated-loan\n', ["line 1", "unexpected end of data"]),
        ('"id"x,branch,kit\nx-1,VIN,simulated-loan\n', ["line 1", "expected after"]),
        ("id,branch,kit\nx-1,vin,simulated-loan\n", ["line 2", "did you mean 'VIN'"]),
        ("ID,branch,kit\nx-1,VIN,simulated-loan\n", ["line 1", "did you mean 'id'"]),
    ],
)
def test_an_odd_table_is_told_with_its_line(engine, tmp_path, table, said):
    (tmp_path / "s.csv").write_text(table)

    with engine.connect() as db, pytest.raises(ConfigError) as told:
        expected(db, read_lines(tmp_path / "s.csv"))

    for each in said:
        assert each in str(told.value)


def test_one_that_is_in_already_is_told_with_its_line(hub, engine, tmp_path):
    (tmp_path / "s.csv").write_text(
        "id,branch,kit\nx-1,VIN,simulated-loan\numea-30,UMS,simulated-loan\n"
    )
    token = JoiningHub(engine).expects("umea-30")
    JoiningHub(engine).joining.join(asking(token, new_key(), id_="umea-30"))

    told = add(hub, tmp_path / "t", "--csv", tmp_path / "s.csv", ok=False)

    assert f"{tmp_path / 's.csv'}, line 3: umea-30 is in already" in told
    with closing(engine.connect()) as db:
        assert claims.of(db, "x-1") is None


def test_a_table_as_a_swedish_excel_writes_it_is_read(engine, tmp_path):
    (tmp_path / "s.csv").write_text(
        "\ufeffid;branch; kit ;serial\r\nvindeln-7;VIN;simulated-loan;55\r\n", newline=""
    )

    with engine.connect() as db:
        (line,) = expected(db, read_lines(tmp_path / "s.csv"))

    assert (line.station, line.branch, line.serial) == ("vindeln-7", "VIN", "55")


def test_a_table_copied_out_of_a_sheet_is_read(engine, tmp_path):
    (tmp_path / "s.csv").write_text("id\tbranch\tkit\nvindeln-7\tVIN\tsimulated-loan\n")

    with engine.connect() as db:
        (line,) = expected(db, read_lines(tmp_path / "s.csv"))

    assert (line.station, line.branch, line.kit) == ("vindeln-7", "VIN", "simulated-loan")


def test_a_machine_is_told_of_for_one_expected_station_alone(hub, engine, tmp_path):
    words = ("--branch", "UMS", "--kit", "simulated-loan", "--serial")
    add(hub, tmp_path, "umea-41", *words, "00ff77")

    assert "00FF77 is the machine of umea-41" in add(
        hub, tmp_path, "umea-42", *words, "00FF77", ok=False
    )
    add(hub, tmp_path, "umea-41", *words, "00FF77")


def test_no_station_is_called_as_the_hub_is(hub, tmp_path):
    """The broker knows them by their certificates' names, and lets the hub do everything."""
    told = add(hub, tmp_path, "hub", "--branch", "UMS", "--kit", "simulated-loan", ok=False)

    assert "'hub' is what the hub is called" in told
    assert list(tmp_path.glob("*.token")) == []


def test_labels_have_each_token_as_text_and_as_a_picture(hub, tmp_path):
    for name in ("umea-6", "umea-7"):
        add(hub, tmp_path, name, "--branch", "UMS", "--kit", "simulated-loan")

    said = run("labels", tmp_path)

    page = (tmp_path / "labels.html").read_text()
    assert page.count("<svg") == page.count("<li>") == 2
    for name in ("umea-6", "umea-7"):
        assert (tmp_path / f"{name}.token").read_text().strip() in page
    assert "2 labels" in said
    assert stat.S_IMODE((tmp_path / "labels.html").stat().st_mode) == 0o600
    assert "no tokens" in run("labels", tmp_path / "none", ok=False)
    (tmp_path / "umea-8.token").write_text("lapp\n")
    assert "umea-8.token has no token" in run("labels", tmp_path, ok=False)


# --- the medium ----------------------------------------------------------------------------


@pytest.fixture
def boot(tmp_path):
    """Return what the boot partition of Raspberry Pi OS with cloud-init has."""
    folder = tmp_path / "bootfs"
    folder.mkdir()
    for name in ("config.txt", "cmdline.txt", "user-data", "meta-data", "network-config"):
        (folder / name).write_text("# as it comes\n")
    return folder


def medium(boot, hub, tmp_path, *words, ok=True):
    add(hub, tmp_path / "t", "vannas-5", "--branch", "VAN", "--kit", "loan-pi4-mfrc522")
    (tmp_path / "id.pub").write_text("ssh-ed25519 AAAA technician\n")
    ca = hub.parent / "ca.pem"
    return run(
        "medium", boot, "--token-file", tmp_path / "t" / "vannas-5.token", "--ca", ca,
        "--url", "https://hub.example.org", "--ssh-key", tmp_path / "id.pub", *words, ok=ok,
    )  # fmt: skip


def test_a_medium_names_the_machine_and_holds_no_key(boot, hub, tmp_path):
    medium(boot, hub, tmp_path)

    data = (boot / "user-data").read_text()
    assert data.startswith("#cloud-config\n")
    told = json.loads(re.sub(r"(?m)^#.*\n", "", data))
    assert told["hostname"] == "vannas-5"
    assert told["users"][0]["ssh_authorized_keys"] == ["ssh-ed25519 AAAA technician"]
    token = (tmp_path / "t" / "vannas-5.token").read_text()
    assert (boot / "fingertopp" / "token").read_text() == token
    assert ["rm", "-r", "/boot/firmware/fingertopp"] in told["runcmd"]
    everything = "".join(each.read_text() for each in boot.rglob("*") if each.is_file())
    assert "PRIVATE KEY" not in everything
    assert token.strip() not in data


def test_a_branch_without_a_cable_gets_its_wireless_network(boot, hub, tmp_path):
    (tmp_path / "wifi.json").write_text('{"ssid": "Bibliotek", "password": "älvar och åar"}')

    medium(boot, hub, tmp_path, "--wifi", tmp_path / "wifi.json")

    told = json.loads(re.sub(r"(?m)^#.*\n", "", (boot / "network-config").read_text()))
    points = told["network"]["wifis"]["wlan0"]["access-points"]
    assert points == {"Bibliotek": {"password": "älvar och åar"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", 'must be {"ssid"'),
        ("[" * 100_000, 'must be {"ssid"'),
        ('{"ssid": "B", "pasword": "hemligt ord"}', 'must be {"ssid"'),
        ('{"ssid": "B", "password": null}', "in quotes"),
        ('{"ssid": "B", "password": "hemligt ord", "hidden": true}', "nothing else"),
        ('{"ssid": "", "password": "hemligt ord"}', "`ssid` must have"),
        ('{"ssid": "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB", "password": "hemligt ord"}', "`ssid` must"),
        ('{"ssid": "B", "password": "hemligt"}', "8 to 63"),
        ('{"ssid": "B", "password": "' + 64 * "hemligt"[0] + '"}', "8 to 63"),
    ],
)
def test_a_wireless_network_that_nobody_gets_into_is_told_at_once(tmp_path, text, said):
    (tmp_path / "wifi.json").write_text(text)

    with pytest.raises(ConfigError, match=re.escape(said)) as told:
        read_wifi(tmp_path / "wifi.json")

    assert "hemligt" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_wireless_networks_key_may_be_given_as_it_is(tmp_path):
    (tmp_path / "wifi.json").write_text(json.dumps({"ssid": "B", "password": "0f" * 32}))

    assert read_wifi(tmp_path / "wifi.json") == ("B", "0f" * 32)


@pytest.mark.parametrize(
    "url",
    [
        "http://h.se",
        "https://",
        "https://h se",
        "https://h.se\nx",
        "https://u:p@h.se",
        "https://h.se/?x",
        "https://h.se/hub",
    ],
)
def test_a_site_that_cannot_be_is_told_at_once(boot, url):
    # It is looked at before any of the files is.
    files = [word for option in ("--token-file", "--ca", "--ssh-key") for word in (option, "none")]

    with pytest.raises(ConfigError, match="--url must b"):
        medium_command.main([str(boot), *files, "--url", url], standalone_mode=False)


@pytest.mark.parametrize(
    ("gone", "said"), [("user-data", "cloud-init"), ("config.txt", "no boot partition")]
)
def test_an_image_that_would_not_ask_is_refused(boot, hub, tmp_path, gone, said):
    (boot / gone).unlink()

    assert said in medium(boot, hub, tmp_path, ok=False)
    assert not (boot / "fingertopp").exists()


@pytest.mark.parametrize(
    ("option", "name", "text", "said"),
    [
        ("--ssh-key", "id", "KEY", "did you mean id.pub?"),
        ("--ssh-key", "page", "<html>", "no public SSH key"),
        ("--ca", "ca.key", "KEY", "did you mean ca.pem"),
        ("--ca", "page", "<html>", "no authority's certificate"),
        ("--ca", "site.pem", "SITE", "a server's certificate, and no authority's"),
        ("--ssh-key", "half", "ssh-ed25519", "no whole public SSH key"),
        ("--ssh-key", "half", "ssh-ed25519 technician", "no whole public SSH key"),
        ("--token-file", "vannas-5.txt", "ABCD-" * 7 + "2345", "must be called as its station is"),
        ("--token-file", "Vannas 5.token", "ABCD-" * 7 + "2345", "must be called as its station"),
        ("--token-file", "umea-1.token", "<html>", "has no token"),
    ],
)
def test_no_key_comes_on_a_medium_by_a_slip_of_the_hand(
    boot, hub, tmp_path, option, name, text, said
):
    """Whoever finds the card may read it: with the authority's key he could make stations."""
    (tmp_path / "id.pub").write_text("ssh-ed25519 AAAA technician\n")
    (tmp_path / "vannas-5.token").write_text("ABCD-" * 7 + "2345\n")
    given = tmp_path / name
    texts = {"KEY": private_pem(new_key()), "SITE": (hub.parent / "certificate.pem").read_bytes()}
    given.write_bytes(texts.get(text, f"{text}\n".encode()))
    right = {
        "--ssh-key": tmp_path / "id.pub",
        "--ca": hub.parent / "ca.pem",
        "--token-file": tmp_path / "vannas-5.token",
        "--url": "https://hub.example.org",
    }
    words = [str(word) for each in (right | {option: given}).items() for word in each]
    before = {each: each.read_bytes() for each in boot.rglob("*") if each.is_file()}

    with pytest.raises(ConfigError, match=re.escape(said)):
        medium_command.main([str(boot), *words], standalone_mode=False)

    assert {each: each.read_bytes() for each in boot.rglob("*") if each.is_file()} == before
    medium_command.main(
        [str(boot), *(str(word) for each in right.items() for word in each)], standalone_mode=False
    )
    assert (boot / "fingertopp" / "token").read_text() == "ABCD-" * 7 + "2345\n"


# --- the inventory -------------------------------------------------------------------------


def test_ansible_is_told_of_those_that_are_in_and_those_that_are_expected(hub, engine, tmp_path):
    add(hub, tmp_path, "bjurholm-4", "--branch", "BJU", "--kit", "listening-pi4-ring")
    token = (tmp_path / "bjurholm-4.token").read_text().strip()
    expected = json.loads(run("inventory", "--hub", hub, "--domain", "example.org", "--list"))
    JoiningHub(engine).joining.join(asking(token, new_key(), id_="bjurholm-4"))
    remember_sealing(engine, load_ring(load(hub).sealing).public())

    told = json.loads(run("inventory", "--hub", hub, "--domain", "example.org", "--list"))

    host = "bjurholm-4.example.org"
    assert expected["_meta"]["hostvars"][host] == told["_meta"]["hostvars"][host]
    assert told["_meta"]["hostvars"][host]["station_kit"] == "listening-pi4-ring"
    assert host in told["bjurholm"]["hosts"]
    assert "bjurholm" in told["stations"]["children"]
    assert told["stations"]["vars"]["station_broker_host"] == "broker.example.org"
    assert told["stations"]["vars"]["station_sealing_public"]
    one = json.loads(run("inventory", "--hub", hub, "--domain", "example.org", "--host", host))
    assert one == told["_meta"]["hostvars"][host]


def test_the_hub_of_a_new_region_can_be_started_and_asked(hub, tmp_path):
    text = hub.read_text().replace("port = 8000", "port = 0")
    own = hub.with_name("test.toml")
    own.write_text(text)
    running = Hub(load(own), lambda: "test")
    try:
        running.start(("web",))
        body = json.dumps({"station": "umea-3", "token": "T", "request": "R"}).encode()
        url = f"http://127.0.0.1:{running.web_port}"
        asked = urllib.request.Request(f"{url}/join", body)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=10)
        told = json.load(refused.value)
        refused.value.close()
        with pytest.raises(urllib.error.HTTPError) as bad:
            urllib.request.urlopen(f"{url}/join/renew", b"{", timeout=10)
        bad.value.close()
    finally:
        running.stop()

    assert refused.value.code == 403
    assert told == {"message": "no such station is expected with this token"}
    assert bad.value.code == 400
    assert refused.value.headers["Cache-Control"] == "no-store"
