"""Files are asked for over TLS, believed by their hash alone, and a silent site is no harm."""

import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from circulation.errors import ConfigError
from circulation.phrase_list import framed
from hub.phrases.store import PhraseFolder
from station.phrases.site import PhraseSite, SiteError
from tests.brokers import free_port
from tests.hub.catalogue.cast import make_catalogue
from tests.hub.joiners import AUTHORITY, NOW, Authority, JoiningHub, served

FILE = b"a little sound"
SHA256 = hashlib.sha256(FILE).digest()


@pytest.fixture
def hub(tmp_path):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    folder = PhraseFolder(tmp_path / "phrases")
    folder.put(b"w" * 16, "joe", FILE, 1)
    folder.close()
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate_pem())
    yield JoiningHub(engine)
    engine.dispose()


def test_files_come_over_tls(hub, tmp_path):
    with served(hub, tmp_path, phrases=tmp_path / "phrases") as url:
        files = PhraseSite(url, tmp_path / "ca.pem").fetch([SHA256, b"n" * 32])

    assert files == {SHA256: FILE}


def test_another_authoritys_site_is_not_believed(hub, tmp_path):
    other = Authority.create("Elsewhere", NOW)
    with (
        served(hub, tmp_path, other, phrases=tmp_path / "phrases") as url,
        pytest.raises(SiteError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        PhraseSite(url, tmp_path / "ca.pem").fetch([SHA256])


def test_a_site_without_phrases_is_told(hub, tmp_path):
    with served(hub, tmp_path) as url, pytest.raises(SiteError, match="answered 404"):
        PhraseSite(url, tmp_path / "ca.pem").fetch([SHA256])


def test_a_site_that_is_not_there_is_told():
    with pytest.raises(SiteError, match="no phrases from the hub's site"):
        PhraseSite(f"http://127.0.0.1:{free_port()}", None).fetch([SHA256])


@pytest.mark.parametrize("url", ["http://hub.example.org", "ftp://127.0.0.1", "hub.example.org"])
def test_a_site_in_clear_is_refused_but_for_this_machine(url):
    with pytest.raises(ConfigError, match="must begin with https"):
        PhraseSite(url, None)


def test_an_authority_that_is_none_is_a_wrong_setting(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match=r"ca\.pem: no authority's certificate"):
        PhraseSite("https://hub.example.org", tmp_path / "ca.pem")


@contextmanager
def answering(body):
    """Serve *body* to whoever asks."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def test_a_file_that_was_changed_on_its_way_has_another_name():
    with answering(b"".join(framed([b"something else"]))) as url:
        assert SHA256 not in PhraseSite(url, None).fetch([SHA256])


@pytest.mark.parametrize("body", [b"\xff\xff\xff\xffxx"])
def test_what_is_no_answer_is_told(body):
    with answering(body) as url, pytest.raises(SiteError, match="among phrases"):
        PhraseSite(url, None).fetch([SHA256])
