"""`python -m hub join`: who is expected, and who waits."""

import pytest

from circulation.certificates import new_key
from hub.app import upgrade
from hub.database import open_database
from tests.hub.joiners import UMEA_9, JoiningHub, asking
from tests.hub.test_cli import said


@pytest.fixture
def hub(tmp_path):
    url = f"sqlite:///{tmp_path / 'hub.sqlite'}"
    upgrade(url)
    engine = open_database(url)
    yield JoiningHub(engine, must_be_accepted=True)
    engine.dispose()


def test_one_that_has_asked_is_accepted_and_joins(hub, tmp_path):
    assert "No station is expected" in said(tmp_path, "join", "list").stdout
    asked = asking(hub.expects(), new_key())
    assert "has not asked" in said(tmp_path, "join", "list").stdout
    hub.joining.join(asked)
    assert "waits to be accepted" in said(tmp_path, "join", "list").stdout

    assert said(tmp_path, "join", "accept", UMEA_9).returncode == 0

    assert "is accepted" in said(tmp_path, "join", "list").stdout
    assert hub.joining.join(asked).number == 1
    assert "No station is expected" in said(tmp_path, "join", "list").stdout


def test_one_that_has_not_asked_is_not_accepted_by_mistake(hub, tmp_path):
    hub.expects()

    refused = said(tmp_path, "join", "accept", "umea-99")

    assert refused.returncode == 78
    assert "umea-99 has not asked" in refused.stderr
