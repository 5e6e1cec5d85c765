"""What a reissued station is given is whole, its own, and starts it in its new epoch."""

import base64
import tomllib

import pytest

from circulation.errors import ConfigError
from circulation.sealing import SealingKey
from provisioning.reissuing import Reissued, with_identity

MADE = Reissued(3, SealingKey("2027-1", bytes(range(32))))
SETTINGS = """station = "vindeln-1"  # by the door

[sealing]
id = "2026-1"
public = "old"

[identity]
key = "key.pem"
# the first card
epoch = 1

[broker]
host = "mqtt"
"""


def test_the_settings_get_the_new_epoch_and_sealing_key_and_nothing_else_changes():
    text = with_identity(SETTINGS, MADE)

    found = tomllib.loads(text)
    public = base64.b64encode(bytes(range(32))).decode()
    assert found["sealing"] == {"id": "2027-1", "public": public}
    assert found["identity"] == {"key": "key.pem", "epoch": 3}
    before, after = set(SETTINGS.splitlines()), set(text.splitlines())
    assert before - after == {'id = "2026-1"', 'public = "old"', "epoch = 1"}


def test_an_epoch_that_was_not_written_down_is_put_in_its_table():
    found = tomllib.loads(with_identity(SETTINGS.replace("epoch = 1\n", ""), MADE))

    assert found["identity"]["epoch"] == 3
    assert "epoch" not in found["broker"]


def test_settings_without_the_table_are_named():
    with pytest.raises(ConfigError, match=r"no \[identity\]"):
        with_identity("[sealing]\n", MADE)
