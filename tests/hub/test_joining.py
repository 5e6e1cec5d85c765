"""Machines that ask the hub to be stations."""

import base64

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from sqlalchemy import select

from circulation.certificates import new_key, public_der, request
from circulation.joining import Join, Joined, Renew, Renewed
from hub import claims, reissue
from hub.enrolment import CERTIFICATE_DAYS
from hub.joining import Refusal, known_sealing, remember_sealing
from hub.tables import station
from tests.hub.catalogue.cast import make_catalogue
from tests.hub.joiners import AUTHORITY, DAY_MS, SEALING, UMEA_9, JoiningHub, asking

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture
def engine(tmp_path):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    yield engine
    engine.dispose()


@pytest.fixture
def hub(engine):
    return JoiningHub(engine)


@pytest.fixture
def careful(engine):
    return JoiningHub(engine, must_be_accepted=True)


def status(said):
    assert isinstance(said, Refusal), said
    return said.status


def kept(hub):
    with hub.engine.connect() as db:
        return db.execute(select(station)).all()


def key_in(pem):
    return public_der(x509.load_pem_x509_certificate(pem.encode()).public_key())


def test_who_has_the_token_is_given_all_that_a_station_needs(hub):
    key = new_key()

    given = hub.joining.join(asking(hub.expects(), key))

    assert isinstance(given, Joined)
    certificate = x509.load_pem_x509_certificate(given.certificate.encode())
    certificate.verify_directly_issued_by(AUTHORITY.certificate)
    assert public_der(certificate.public_key()) == public_der(key.public_key())
    assert (given.branch, given.kit, given.number) == ("UME", "simulated-loan", 1)
    assert (given.sealing_id, given.sealing_public) == (SEALING.id, SEALING.public)
    (row,) = kept(hub)
    assert (row.id, row.card_key, row.certificate) == (UMEA_9, given.card_key, given.certificate)
    assert len(given.card_key) == 32


def test_a_lost_answer_is_given_again_and_changes_nothing(hub):
    token, key = hub.expects(), new_key()
    first = hub.joining.join(asking(token, key))
    hub.now_ms += 30 * DAY_MS

    assert hub.joining.join(asking(token, key)) == first
    assert len(kept(hub)) == 1


def test_a_token_that_was_used_is_of_no_use_to_another_machine(hub):
    token = hub.expects()
    hub.joining.join(asking(token, new_key()))
    before = kept(hub)

    assert status(hub.joining.join(asking(token, new_key()))) == 409
    assert kept(hub) == before


def test_a_wrong_token_and_an_unknown_station_are_answered_alike(hub):
    token = hub.expects()

    wrong = hub.joining.join(asking(claims.new_token(), new_key()))
    unknown = hub.joining.join(asking(token, new_key(), id_="umea-10"))

    assert wrong == unknown
    assert status(wrong) == 403
    assert kept(hub) == []


def test_a_token_whose_time_is_over_is_told_so_to_who_has_it(hub):
    token = hub.expects()
    hub.now_ms += claims.TOKEN_DAYS * DAY_MS + 1

    said = hub.joining.join(asking(token, new_key()))

    assert status(said) == 410
    assert "station add umea-9" in said.told.message
    assert hub.joining.join(asking(hub.expects(), new_key())).number == 1


@pytest.mark.parametrize("asked", ["", "no PEM", "other name", "bent"])
def test_what_is_no_request_for_this_name_uses_no_token_up(hub, asked):
    token, key = hub.expects(), new_key()
    good = request(key, UMEA_9).decode()
    lines = good.splitlines()
    lines[-2] = lines[-2][::-1]
    pem = {"other name": request(key, "umea-1").decode(), "bent": "\n".join(lines)}.get(
        asked, asked
    )

    assert status(hub.joining.join(Join(station=UMEA_9, token=token, request=pem))) == 400
    assert isinstance(hub.joining.join(asking(token, key)), Joined)


def test_where_somebody_must_accept_a_station_waits(careful):
    token, key = careful.expects(), new_key()
    assert status(careful.joining.join(asking(token, key))) == 202
    assert status(careful.joining.join(asking(token, new_key()))) == 409
    assert kept(careful) == []

    with careful.engine.begin() as db:
        claims.accept(db, UMEA_9)

    assert isinstance(careful.joining.join(asking(token, key)), Joined)


def test_a_machine_that_was_told_of_beforehand_need_not_wait(careful):
    token = careful.expects(serial="10000000abcdef01")

    assert status(careful.joining.join(asking(token, key := new_key(), serial="other"))) == 202
    assert isinstance(careful.joining.join(asking(token, key, serial="10000000abcdef01")), Joined)


def test_another_machine_than_was_told_of_waits_also_where_a_token_is_enough(hub):
    token, key = hub.expects(serial="10000000ABCDEF01"), new_key()

    said = hub.joining.join(asking(token, key, serial="10000000abcdef02"))
    assert status(said) == 202
    assert "another machine" in said.told.message
    assert kept(hub) == []
    with hub.engine.begin() as db:
        claims.accept(db, UMEA_9)

    assert isinstance(hub.joining.join(asking(token, key, serial="10000000abcdef02")), Joined)


def test_the_machine_that_was_told_of_is_in_at_once_however_its_serial_is_written(hub):
    token = hub.expects(serial="10000000ABCDEF01")

    assert isinstance(hub.joining.join(asking(token, new_key(), serial="10000000abcdef01")), Joined)


def test_before_the_sealing_key_is_known_nothing_is_given(hub):
    token, key = hub.expects(), new_key()
    hub.sealing = None
    assert status(hub.joining.join(asking(token, key))) == 503

    hub.sealing = SEALING
    assert isinstance(hub.joining.join(asking(token, key)), Joined)


def test_the_public_sealing_key_is_remembered(engine):
    assert known_sealing(engine) is None
    for key in (SEALING, SEALING):
        remember_sealing(engine, key)

    assert known_sealing(engine) == SEALING


# --- renewal -------------------------------------------------------------------------------


@pytest.fixture
def key():
    return new_key()


@pytest.fixture
def joined(hub, key):
    return hub.joining.join(asking(hub.expects(), key))


def renew(hub, key, name=UMEA_9):
    return hub.joining.renew(Renew(station=UMEA_9, request=request(key, name).decode()))


def test_the_key_that_a_station_has_is_enough_to_renew(hub, key, joined):
    hub.now_ms += 60 * DAY_MS

    renewed = renew(hub, key)

    assert isinstance(renewed, Renewed)
    assert renewed.certificate != joined.certificate
    assert key_in(renewed.certificate) == key_in(joined.certificate)
    assert [row.certificate for row in kept(hub)] == [renewed.certificate]


def test_a_request_that_is_repeated_is_told_the_same_and_issues_nothing(hub, key, joined):
    hub.now_ms += 60 * DAY_MS
    asked = Renew(station=UMEA_9, request=request(key, UMEA_9).decode())
    renewed = hub.joining.renew(asked)

    hub.now_ms += 20 * DAY_MS
    again = hub.joining.renew(asked)

    assert again == renewed
    assert [row.certificate for row in kept(hub)] == [renewed.certificate]


def test_a_captured_request_is_worth_nothing_once_there_was_another(hub, key, joined):
    captured = Renew(station=UMEA_9, request=request(key, UMEA_9).decode())
    hub.joining.renew(captured)
    newest = renew(hub, key)

    assert status(hub.joining.renew(captured)) == 409

    assert [row.certificate for row in kept(hub)] == [newest.certificate]


def test_a_captured_request_brings_no_expired_certificate_back_to_life(hub, key, joined):
    captured = Renew(station=UMEA_9, request=request(key, UMEA_9).decode())
    hub.joining.renew(captured)
    hub.now_ms += (CERTIFICATE_DAYS + 1) * DAY_MS

    assert status(hub.joining.renew(captured)) == 409

    assert isinstance(renew(hub, key), Renewed)


def test_the_request_of_a_join_renews_nothing(hub, key):
    asked = asking(hub.expects(), key)
    joined = hub.joining.join(asked)
    hub.now_ms += (CERTIFICATE_DAYS + 1) * DAY_MS

    assert status(hub.joining.renew(Renew(station=UMEA_9, request=asked.request))) == 409

    assert [row.certificate for row in kept(hub)] == [joined.certificate]


def turned(request_pem):
    """Return the request with the other signature that anybody can make of the one it has."""
    whole = x509.load_pem_x509_csr(request_pem.encode())
    r, s = decode_dss_signature(whole.signature)
    other = encode_dss_signature(r, P256_ORDER - s)
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    bits = b"\x03" + bytes([len(other) + 1]) + b"\x00" + other
    body = whole.tbs_certrequest_bytes + algorithm + bits
    der = b"\x30\x81" + bytes([len(body)]) + body
    return x509.load_der_x509_csr(der).public_bytes(serialization.Encoding.PEM).decode()


def test_a_captured_request_that_is_written_otherwise_is_the_same_request(hub, key, joined):
    asked = request(key, UMEA_9).decode()
    renewed = hub.joining.renew(Renew(station=UMEA_9, request=asked))
    other = turned(asked)
    spaced = "a stick of umea-9\n" + asked.replace("\n", "\r\n")

    assert other != asked
    assert x509.load_pem_x509_csr(other.encode()).is_signature_valid
    for each in (other, spaced):
        assert hub.joining.renew(Renew(station=UMEA_9, request=each)) == renewed


@pytest.mark.parametrize(
    ("days", "expected"), [(CERTIFICATE_DAYS + 364, 200), (CERTIFICATE_DAYS + 366, 410)]
)
def test_one_that_lay_in_a_cupboard_is_renewed_for_a_year(hub, key, joined, days, expected):
    hub.now_ms += days * DAY_MS

    said = renew(hub, key)

    assert (200 if isinstance(said, Renewed) else said.status) == expected


def test_another_key_a_revoked_station_and_an_unknown_one_are_answered_alike(hub, key, joined):
    other = renew(hub, new_key())
    unknown = hub.joining.renew(Renew(station="umea-7", request=request(key, "umea-7").decode()))
    wrong_name = renew(hub, key, name="umea-7")
    with hub.engine.begin() as db:
        reissue.revoke(db, UMEA_9, hub.now_ms)
    revoked = renew(hub, key)

    assert other == unknown == wrong_name == revoked
    assert status(revoked) == 403


def test_revoking_withdraws_what_was_renewed_too(hub, key, joined):
    hub.now_ms += 60 * DAY_MS
    renewed = renew(hub, key)
    with hub.engine.begin() as db:
        reissue.revoke(db, UMEA_9, hub.now_ms)
        withdrawn = {each.serial for each in reissue.revocations(db)}

    serials = [
        x509.load_pem_x509_certificate(each.certificate.encode()).serial_number
        for each in (joined, renewed)
    ]
    assert withdrawn == set(serials)


def test_a_request_with_any_byte_changed_is_refused_and_never_an_error(hub):
    token, key = hub.expects(), new_key()
    whole = base64.b64decode("".join(asking(token, key).request.splitlines()[1:-1]))
    for at in range(len(whole)):
        torn = whole[:at] + bytes([whole[at] ^ 0x11]) + whole[at + 1 :]
        pem = base64.encodebytes(torn).decode()
        body = f"-----BEGIN CERTIFICATE REQUEST-----\n{pem}-----END CERTIFICATE REQUEST-----\n"
        asked = msgspec.structs.replace(asking(token, key), request=body)

        assert isinstance(hub.joining.join(asked), Refusal)
