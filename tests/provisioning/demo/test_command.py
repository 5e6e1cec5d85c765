from pathlib import Path

import pytest

from circulation.errors import ConfigError
from provisioning.demo.command import demo


def started(folder, *options):
    demo.main(["--dir", str(folder), *options], standalone_mode=False)


@pytest.mark.parametrize("option", ["--dir", "--ready-file", "--speech-to"])
@pytest.mark.parametrize("place", ["/proc/none/of/ours", "x" * 300])
def test_a_place_where_nothing_can_be_put_is_answered_with_what_chose_it(option, place, tmp_path):
    with pytest.raises(ConfigError, match=f"cannot be written.*{option}"):
        started(tmp_path / "demo", option, place)


@pytest.mark.parametrize("place", ["/dev/null", "."])
def test_a_ready_file_never_takes_the_place_of_what_is_no_file(place, tmp_path):
    with pytest.raises(ConfigError, match="is there and is no file"):
        started(tmp_path / "demo", "--ready-file", place)

    assert Path("/dev/null").is_char_device()
    assert not (tmp_path / "demo").exists()
