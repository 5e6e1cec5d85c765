"""A password is one line in a file that no stranger can read or change."""

import pytest

from circulation.errors import ConfigError
from hub.secret_files import read_password


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_password_may_be_read_by_its_owner_and_its_group(mode, tmp_path):
    path = tmp_path / "password"
    path.write_text("hemligt\n")
    path.chmod(mode)

    assert read_password(path) == "hemligt"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o620])
def test_one_that_others_may_read_or_change_is_refused(mode, tmp_path):
    path = tmp_path / "password"
    path.write_text("hemligt\n")
    path.chmod(mode)

    with pytest.raises(ConfigError, match="chmod 640 password"):
        read_password(path)


@pytest.mark.parametrize("text", ["", "\n", "a|b", "a\nb"])
def test_what_is_no_password_is_refused(text, tmp_path):
    path = tmp_path / "password"
    path.write_text(text)
    path.chmod(0o600)

    with pytest.raises(ConfigError, match="one password on one line"):
        read_password(path)
