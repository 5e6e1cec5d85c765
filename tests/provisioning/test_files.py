"""Files are whole, and for those whom they are for, whatever the umask and whoever came before."""

import os

import pytest

from provisioning.files import write_atomically, write_in_its_place, write_secret


@pytest.fixture(params=[0o000, 0o077])
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


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


@pytest.mark.usefixtures("umask")
def test_a_file_has_its_mode_whatever_the_umask(tmp_path):
    write_atomically(tmp_path / "ca.pem", b"public")
    write_secret(tmp_path / "key.pem", b"secret")

    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("ca.pem", "key.pem")]
    assert modes == [0o644, 0o600]


@pytest.mark.usefixtures("umask")
def test_what_takes_a_files_place_is_for_the_same_people(tmp_path):
    file = tmp_path / "certificate.pem"
    file.write_bytes(b"old")
    file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(file, 12, 34)
    before = file.stat()

    write_in_its_place(file, b"new")

    assert file.read_bytes() == b"new"
    after = file.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )


def test_what_a_stranger_put_where_a_secret_is_written_gets_nothing_of_it(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"")
    (tmp_path / f".token.{os.getpid()}").symlink_to(theirs)

    write_secret(tmp_path / "token", b"hush")

    assert theirs.read_bytes() == b""
    assert (tmp_path / "token").read_bytes() == b"hush"
