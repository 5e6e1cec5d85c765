"""Whatever comes in where machines ask to be stations has an answer."""

import msgspec
import pytest

from circulation.authorities import TRUST, Trust, believed
from circulation.joining import JOIN, RENEW
from circulation.updates import REPORT
from hub.catalogue.own import OwnCatalogue
from hub.site import TRUST_LIMIT, SiteSettings, create_site
from tests.hub.catalogue.cast import make_catalogue
from tests.hub.desk.listed import ListedSource
from tests.hub.joiners import AUTHORITY, JoiningHub


@pytest.fixture
def client(tmp_path):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    hub = JoiningHub(engine)
    site = create_site(
        SiteSettings(region="Umeåregionen", secret_key=b"only in tests"),
        engine=engine,
        catalogue=OwnCatalogue(engine),
        desk_source=ListedSource(),
        proof_lookup=lambda *_read: None,
        now_ms=lambda: hub.now_ms,
        joining=hub.joining,
    )
    yield site.test_client()
    engine.dispose()


@pytest.mark.parametrize("path", [JOIN, RENEW])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'{"station": "umea-9"}',
        b'{"station": "\xff\xfe", "token": "", "request": ""}',
        b'{"station": "\\ud800", "token": "", "request": ""}',
        b"[" * 16_000,
        b'{"station": 1' + b"0" * 16_000,
    ],
    ids=["nothing", "torn", "null", "half", "no UTF-8", "half a letter", "deep", "long"],
)
def test_what_is_no_request_is_told_so(client, path, body):
    answer = client.post(path, data=body)

    assert answer.status_code == 400
    assert answer.json == {"message": "this is no request to join or to renew"}


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[" * 16_000])
def test_a_report_that_nobody_has_signed_is_not_noted(client, body):
    answer = client.post(REPORT, data=body)

    assert answer.status_code == 403
    assert answer.json["message"].startswith("not noted")


def test_whoever_asks_is_told_whom_to_believe_and_nothing_on_the_way_keeps_it(client):
    answer = client.get(TRUST)

    told = msgspec.json.decode(answer.data, type=Trust)
    assert believed([AUTHORITY.certificate], told) == [AUTHORITY.certificate]
    assert answer.headers["Cache-Control"] == "no-store"


def test_whoever_asks_and_asks_is_slowed_down_and_keeps_nobody_from_joining(client):
    many = int(TRUST_LIMIT.split()[0])

    answers = [client.get(TRUST).status_code for _ in range(many + 2)]

    assert answers == [200] * many + [429] * 2
    assert client.post(JOIN, data=b"").status_code == 400
    other = client.get(TRUST, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 200
