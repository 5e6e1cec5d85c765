import errno

import pytest

from circulation.errors import ConfigError
from provisioning.demo import folder
from provisioning.demo.folder import DemoFolder, Progress, disk_troubles
from provisioning.demo.supervisor import StartError


def test_a_second_demo_in_the_same_folder_is_kindly_refused(tmp_path):
    with (
        DemoFolder(tmp_path / "demo").ours(),
        pytest.raises(ConfigError, match=r"already running.*--dir"),
        DemoFolder(tmp_path / "demo").ours(),
    ):
        pass


def test_a_folder_is_free_again_when_its_demo_has_ended(tmp_path):
    for _ in range(2):
        with DemoFolder(tmp_path / "demo").ours():
            pass


def test_a_folder_that_cannot_be_made_is_answered_with_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(ConfigError, match=r"file.* cannot be written.*--dir"),
        DemoFolder(tmp_path / "file" / "demo").ours(),
    ):
        pass


def test_a_full_disk_is_answered_with_a_sentence(tmp_path):
    with pytest.raises(ConfigError, match="is full; make room"), disk_troubles(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_how_far_the_set_up_came_is_remembered(tmp_path):
    DemoFolder(tmp_path).keep(Progress(done=["authority"], ports={"hub": 20001}))

    assert DemoFolder(tmp_path).progress() == Progress(done=["authority"], ports={"hub": 20001})


def test_another_versions_folder_is_told_to_begin_anew(tmp_path):
    (tmp_path / "progress.json").write_text('{"steps": 7}')

    with pytest.raises(ConfigError, match="make demo-reset"):
        DemoFolder(tmp_path).progress()


def test_a_process_that_ended_on_a_full_disk_is_no_riddle(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "FREE_BYTES_MIN", 1 << 62)

    with pytest.raises(ConfigError, match="is full; make room"), disk_troubles(tmp_path):
        raise StartError("vindeln-1 ended with status 1; the end of its log:\n")


def test_a_process_that_ended_with_room_to_spare_keeps_its_last_words(tmp_path):
    with pytest.raises(StartError, match="last words"), disk_troubles(tmp_path):
        raise StartError("vindeln-1 ended with status 1; its last words")
