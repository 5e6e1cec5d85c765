"""A hub, a broker and two stations of blank machines, as a technician would set them up."""

import pytest

from tests.hosts.region import HUB, SITE

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(2400)]

UNITS = {
    HUB: ("fingertopp-hub", "fingertopp-backup", "fingertopp-alarm", "fingertopp-figures"),
    "broker.example.org": ("mosquitto", "fingertopp-broker-watch"),
    "vindeln-1.example.org": ("fingertopp-station", "fingertopp-renew"),
}
BARE_HANDED = """
import socket, ssl

context = ssl.create_default_context(cafile="/etc/fingertopp/ca.pem")
with socket.create_connection(("broker.example.org", 8883), timeout=60) as bare:
    try:
        with context.wrap_socket(bare, server_hostname="broker.example.org") as line:
            # In TLS 1.3 a client's handshake is over before it hears what the server says to it.
            print(line.recv(1))
    except ssl.SSLError as refused:
        print(refused.reason)
"""


def test_a_second_run_changes_nothing_anywhere_nor_would_a_third(region):
    # What other tests have left.
    done = region.play()
    assert done.status == 0, done.said
    nothing = dict.fromkeys(done.hosts, 0)
    assert len(nothing) >= 4

    again = region.play()
    assert again.status == 0, again.said
    assert again.changed == nothing, again.said

    checked = region.play("--check")
    assert checked.status == 0, checked.said
    assert checked.changed == nothing, checked.said


def test_units_are_shut_in_and_nothing_is_said_of_them(region):
    for name, units in UNITS.items():
        guest = region.lab.guests[name]
        for unit in units:
            # Without --man=no it also asks for the manual pages, which a blank machine has not.
            verify = f"systemd-analyze verify --man=no {unit}.service 2>&1"
            verified = guest.run(verify, may_fail=True)
            assert verified == "", f"{unit} on {name}"
            guest.run(f"systemd-analyze security --threshold=20 {unit}.service")


def test_a_loan_goes_from_a_station_to_the_hub(region):
    item = region.borrow("vindeln-1")

    region.until(lambda: region.has(item), "the loan is in the catalogue")


def test_nobody_reaches_the_broker_without_a_certificate(region):
    assert region.hub.python(BARE_HANDED).strip() == "TLSV13_ALERT_CERTIFICATE_REQUIRED"


def test_the_site_is_served_over_tls_and_figures_are_written(region):
    page = region.stations["vindeln-1"].run(
        f"curl -sS --cacert /etc/fingertopp/claim/ca.pem {SITE}/ || "
        f"python3 -c \"import ssl, urllib.request as u; print(u.urlopen('{SITE}/', "
        "context=ssl.create_default_context(cafile='/var/lib/fingertopp/identity/ca.pem'))"
        '.read().decode())"'
    )
    assert "<html" in page
    for guest, name, figure in (
        (region.hub, "hub", 'fingertopp_station_alive{station="vindeln-1"} 1'),
        (region.broker, "broker", "fingertopp_broker_answers 1"),
    ):
        guest.run(
            "systemctl start fingertopp-figures.service || "
            "{ journalctl --no-pager --lines=30 --unit=fingertopp-figures.service; false; }"
        )
        told = guest.run(f"cat /var/lib/prometheus/node-exporter/fingertopp-{name}.prom")
        assert figure in told.splitlines()
        told = guest.python(
            "import urllib.request as u; "
            "print(u.urlopen('http://127.0.0.1:9100/metrics').read().decode())"
        )
        assert figure in told
