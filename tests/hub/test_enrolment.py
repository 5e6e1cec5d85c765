"""The authority signs whom it was asked to, and a number is given once."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from circulation.certificates import request
from circulation.errors import ConfigError
from circulation.identifiers import BranchCode, StationId
from hub.enrolment import Authority, NewStation, enrol
from tests.hub.rig import AUTHORITY, NOW, TalkingHub


def issued(name: str = "vindeln-1") -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    return x509.load_pem_x509_certificate(AUTHORITY.issue(request(key, name), name, NOW))


def test_a_certificate_names_the_station_lasts_ninety_days_and_began_yesterday():
    certificate = issued()

    certificate.verify_directly_issued_by(AUTHORITY.certificate)
    assert certificate.subject.rfc4514_string() == "CN=vindeln-1"
    assert certificate.not_valid_before_utc <= NOW - timedelta(hours=23)
    assert certificate.not_valid_after_utc == (NOW + timedelta(days=90)).replace(microsecond=0)


def test_a_kept_authority_signs_on():
    again = Authority.load(AUTHORITY.key_pem(), AUTHORITY.certificate_pem())
    key = ec.generate_private_key(ec.SECP256R1())
    pem = again.issue(request(key, "umea-1"), "umea-1", NOW)

    x509.load_pem_x509_certificate(pem).verify_directly_issued_by(AUTHORITY.certificate)


def new(number: int) -> NewStation:
    return NewStation(
        id=StationId("vindeln-1"),
        number=number,
        municipality="Vindeln",
        branch=BranchCode("VIN"),
        kind="loan",
        partition="vindeln",
        card_key=b"k" * 32,
    )


def test_a_station_is_taken_in_once(tmp_path):
    hub = TalkingHub(tmp_path)
    assert enrol(hub.engine, new(1), b"pem")
    assert not enrol(hub.engine, new(1), b"pem")
    hub.engine.dispose()


@pytest.mark.parametrize("number", [0, 4096])
def test_a_number_that_fits_no_receipt_is_refused(tmp_path, number):
    hub = TalkingHub(tmp_path)
    with pytest.raises(ConfigError, match="not within"):
        enrol(hub.engine, new(number), b"pem")
    hub.engine.dispose()


@pytest.mark.parametrize("year", [1970, 2099])
def test_who_is_withdrawn_is_told_whatever_the_clock(year):
    at = datetime(year, 1, 2, tzinfo=UTC)

    crl = x509.load_pem_x509_crl(AUTHORITY.revocation_list([(7, 0)], at))

    assert [each.serial_number for each in crl] == [7]
    assert crl.next_update_utc == AUTHORITY.certificate.not_valid_after_utc
