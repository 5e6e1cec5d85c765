import pytest

from provisioning.files import write_atomically, write_secret


def test_a_secret_is_for_its_owner_only(tmp_path):
    write_secret(tmp_path / "password", b"hemligt")

    assert (tmp_path / "password").stat().st_mode & 0o777 == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    file = tmp_path / "ready.json"
    write_atomically(file, b"old")

    with pytest.raises(TypeError):
        write_atomically(file, "not bytes")

    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]
