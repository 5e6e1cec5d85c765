"""What every test of the hub's pages starts from, and a library system of others."""

import pytest

from tests.hub.sip2.invenio import invenio_peer
from tests.hub.web.rig import make_rig


@pytest.fixture
def rig(tmp_path):
    rig = make_rig(tmp_path)
    yield rig
    rig.engine.dispose()


@pytest.fixture
def client(rig):
    return rig.app.test_client()


@pytest.fixture(scope="session")
def invenio():
    """invenio-sip2, once for all; each test puts a library of its own behind it."""
    with invenio_peer() as peer:
        yield peer
