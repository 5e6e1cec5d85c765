"""What every test of the hub's pages starts from."""

import pytest

from tests.hub.web.rig import make_rig


@pytest.fixture
def rig(tmp_path):
    rig = make_rig(tmp_path)
    yield rig
    rig.engine.dispose()


@pytest.fixture
def client(rig):
    return rig.app.test_client()
