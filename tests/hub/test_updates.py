"""The hub knows what came of an update on each station, from the station's own signed word."""

import msgspec
import pytest

from circulation.certificates import new_key
from circulation.signing import KeySigner
from circulation.updates import Report, sign_report
from hub import listing, reissue, updates
from hub.joining import REFUSED, Refusal
from station.errors import JoinError
from station.joining import HubSite
from tests.hub.catalogue.cast import make_catalogue
from tests.hub.joiners import AUTHORITY, NOW_MS, UMEA_9, JoiningHub, asking, served


@pytest.fixture
def hub(tmp_path):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    yield JoiningHub(engine)
    engine.dispose()


@pytest.fixture
def key(hub):
    """Return the key of station umea-9, which is in."""
    key = new_key()
    hub.joining.join(asking(hub.expects(), key))
    return key


def told(**values):
    report = Report(
        station=UMEA_9, serial=1, version="0123456789ab", changed=7, failed=0, at_ms=NOW_MS
    )
    return msgspec.structs.replace(report, **values)


def test_a_station_tells_over_https_and_the_newest_word_stands(hub, key, tmp_path):
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate_pem())
    signer = KeySigner(UMEA_9, key)
    with served(hub, tmp_path) as url:
        site = HubSite(url, tmp_path / "ca.pem")
        site.report(sign_report(told(failed=1), signer))
        site.report(sign_report(told(at_ms=NOW_MS + 5), signer))
        site.report(sign_report(told(failed=1), signer))
        with pytest.raises(JoinError, match="not noted"):
            site.report(sign_report(told(), KeySigner(UMEA_9, new_key())))

    (station,) = [each for each in listing.stations(hub.engine) if each["id"] == UMEA_9]
    assert station["update"] == {
        "station": UMEA_9,
        "serial": 1,
        "version": "0123456789ab",
        "changed": 7,
        "failed": 0,
        "at_ms": NOW_MS + 5,
    }


def test_what_came_of_a_later_bundle_stands_whatever_the_stations_clock(hub, key):
    signer = KeySigner(UMEA_9, key)
    for each in (told(at_ms=4_070_908_800_000), told(serial=2, at_ms=0), told(at_ms=NOW_MS)):
        hub.joining.report(sign_report(each, signer))

    with hub.engine.connect() as db:
        assert updates.of(db, UMEA_9) == told(serial=2, at_ms=0)


@pytest.mark.parametrize(
    "frame",
    [
        lambda key: sign_report(told(), KeySigner(UMEA_9, new_key())),
        lambda key: sign_report(told(), KeySigner("umea-8", key)),
        lambda key: sign_report(told(station="umea-1"), KeySigner(UMEA_9, key)),
        lambda key: b"{}",
    ],
    ids=["another key", "no such station", "in another's name", "no report"],
)
def test_what_no_station_has_signed_is_not_noted(hub, key, frame):
    refused = hub.joining.report(frame(key))

    assert isinstance(refused, Refusal)
    assert refused.status == REFUSED
    with hub.engine.connect() as db:
        assert updates.of(db, UMEA_9) is None


def test_a_revoked_station_tells_nothing(hub, key):
    with hub.engine.begin() as db:
        reissue.revoke(db, UMEA_9, NOW_MS)

    assert isinstance(hub.joining.report(sign_report(told(), KeySigner(UMEA_9, key))), Refusal)
