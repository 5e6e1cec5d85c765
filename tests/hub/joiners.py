"""A hub that takes stations in, and machines that ask."""

import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

from werkzeug.serving import make_server

from circulation.certificates import new_key, private_pem, request
from circulation.identifiers import BranchCode, StationId
from circulation.joining import Join
from circulation.sealing import SealingKey, new_private_key, public_half
from hub import claims
from hub.authorities import Authorities
from hub.catalogue.own import OwnCatalogue
from hub.claims import Expected
from hub.enrolment import SERVER_DAYS, Authority
from hub.joining import Joining, Surroundings
from hub.site import SiteSettings, create_site
from tests.hub.desk.listed import ListedSource

NOW = datetime.now(UTC).replace(microsecond=0)
"""The real one: certificates are checked by OpenSSL too, which has no other clock."""
NOW_MS = int(NOW.timestamp() * 1000)
DAY_MS = 86_400_000
AUTHORITY = Authority.create("Umeåregionen", NOW)
SEALING = SealingKey("2026-1", public_half(new_private_key()))
UMEA_9 = StationId("umea-9")


class JoiningHub:
    """The hub's side, over *engine*, with a clock that a test can move."""

    def __init__(self, engine, *, must_be_accepted=False):
        self.engine = engine
        self.now_ms = NOW_MS
        self.sealing = SEALING
        self.authorities = Authorities(present=AUTHORITY)
        self.key = new_key()
        self.must_be_accepted = must_be_accepted
        self.certify(AUTHORITY)

    def certify(self, authority):
        """Begin anew with the hub's certificate by *authority*."""
        certificate = authority.issue(request(self.key, "hub"), "hub", NOW)
        around = Surroundings(
            hub_name="hub",
            hub_certificate=certificate.decode(),
            broker_host="broker.example.org",
            broker_port=8883,
            portal_url="https://bibliotek.example.org",
            must_be_accepted=self.must_be_accepted,
        )
        self.joining = Joining(
            self.engine,
            lambda: self.authorities,
            around,
            sealing=lambda: self.sealing,
            now_ms=lambda: self.now_ms,
        )

    def expects(self, id_=UMEA_9, *, serial=""):
        """Expect a station, and return its token."""
        token = claims.new_token()
        new = Expected(
            station=id_,
            municipality="umea",
            branch=BranchCode("UME"),
            kind="loan",
            kit="simulated-loan",
            partition="umea",
            serial=serial,
        )
        with self.engine.begin() as db:
            claims.expect(db, new, token, self.now_ms)
        return token


def asking(token, key, *, id_=UMEA_9, serial=""):
    """Return what the machine with *key* asks."""
    return Join(station=id_, token=token, request=request(key, id_).decode(), serial=serial)


class Following:
    """The hub's joining of the moment: a test may give it another."""

    def __init__(self, hub):
        self._hub = hub

    def __getattr__(self, name):
        return getattr(self._hub.joining, name)


@contextmanager
def served(hub, folder, authority=AUTHORITY, *, bridge=b"", phrases=None):
    """Serve the hub's site over TLS, with a certificate for 127.0.0.1 by *authority*.

    A *bridge* beside it leads whoever believes another authority to this one.
    """
    key = new_key()
    certificate = authority.issue(
        request(key, "site"), "site", NOW, hosts=("127.0.0.1",), days=SERVER_DAYS
    )
    (folder / "site.key").write_bytes(private_pem(key))
    (folder / "site.pem").write_bytes(certificate + bridge)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "site.pem", folder / "site.key")
    site = create_site(
        SiteSettings(region="Umeåregionen", secret_key=b"only in tests"),
        engine=hub.engine,
        catalogue=OwnCatalogue(hub.engine),
        desk_source=ListedSource(),
        proof_lookup=lambda *_read: None,
        now_ms=lambda: hub.now_ms,
        joining=Following(hub),
        phrases=phrases,
    )
    server = make_server("127.0.0.1", 0, site, threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="site")
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
