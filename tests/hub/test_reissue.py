"""Who is believed as a station, and from which epoch on."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from circulation import messages, signing
from circulation.certificates import request
from circulation.errors import ConfigError
from circulation.identifiers import StationId
from hub import quarantine, reissue, tables
from tests.hub.rig import AUTHORITY, NOW, NOW_MS, SpeakingStation, TalkingHub


@pytest.fixture
def hub(tmp_path):
    hub = TalkingHub(tmp_path)
    yield hub
    hub.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def reissued(hub) -> SpeakingStation:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = AUTHORITY.issue(request(key, "vindeln-1"), "vindeln-1", NOW)
    with hub.engine.begin() as db:
        epoch = reissue.reissue(db, StationId("vindeln-1"), certificate, NOW_MS)
    return SpeakingStation(StationId("vindeln-1"), "vindeln", key, epoch=epoch)


def revoke(hub, id_: str = "vindeln-1") -> bool:
    with hub.engine.begin() as db:
        return reissue.revoke(db, StationId(id_), NOW_MS)


def set_aside(hub) -> list[tuple[str, int]]:
    with hub.engine.connect() as db:
        return [(row.reason, row.count) for row in db.execute(select(tables.quarantine))]


def test_a_reissued_station_begins_an_epoch_of_its_own_and_its_old_facts_stay(hub, station):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)

    again = reissued(hub)
    again.takes_back("B-1")
    (ack,) = hub.takes_facts(again)

    assert (again.epoch, ack.epoch, ack.up_to_seq) == (2, 2, 1)
    assert hub.own.item("B-1").loan is None


def test_the_old_certificate_is_not_believed_and_nothing_of_it_acknowledged(hub, station):
    reissued(hub)
    station.lends("B-1", "K-ANNA")

    assert hub.takes_facts(station) == []
    assert set_aside(hub) == [("forged", 1)]


def test_an_epoch_is_greater_than_any_that_was_given_or_heard_of(hub, station):
    station.epoch = 7
    hub.born(station)
    assert reissued(hub).epoch == 8
    assert reissued(hub).epoch == 9


def test_facts_of_an_epoch_that_no_birth_told_of_count_too(hub, station):
    station.epoch = 4
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)

    assert reissued(hub).epoch == 5


def test_what_a_revoked_station_sends_is_kept_and_counted_and_it_can_come_back(hub, station):
    station.lends("B-1", "K-ANNA")
    assert revoke(hub)
    assert not revoke(hub)
    for _ in range(2):
        assert hub.takes_facts(station) == []
    assert [reason for reason, _ in set_aside(hub)] == ["revoked", "revoked"]
    with hub.engine.connect() as db:
        assert quarantine.count(db) == 2
        kept = db.scalars(select(tables.quarantine.c.payload)).first()
    assert station.raws[0] in facts_in(kept)

    again = reissued(hub)
    again.takes_back("B-1")
    assert len(hub.takes_facts(again)) == 1


def facts_in(payload: bytes) -> bytes:
    body = bytes(signing.unwrap(payload).body)
    return b"".join(messages.decode(body, messages.FactBatch).envelopes)


def test_an_unknown_station_is_answered_with_those_there_are(hub, station):
    with pytest.raises(
        ConfigError, match="no station 'vindln-1' is enrolled; there are: vindeln-1"
    ):
        revoke(hub, "vindln-1")


def test_withdrawn_certificates_are_on_the_brokers_list_as_long_as_the_authority_lasts(
    hub, station
):
    reissued(hub)
    revoke(hub)
    with hub.engine.connect() as db:
        found = reissue.revocations(db)
    listed = AUTHORITY.revocation_list([(each.serial, each.at_ms) for each in found], NOW)

    crl = x509.load_pem_x509_crl(listed)
    assert crl.is_signature_valid(AUTHORITY.certificate.public_key())
    assert {each.serial_number for each in crl} == {each.serial for each in found}
    assert len(found) == 2
    assert crl.next_update_utc == AUTHORITY.certificate.not_valid_after_utc
