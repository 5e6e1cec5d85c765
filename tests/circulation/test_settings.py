"""Wrong settings are answered with the key, the line and what was probably meant."""

from pathlib import Path

import pytest
from msgspec import Struct

from circulation.errors import ConfigError
from circulation.settings import load


class Web(Struct, forbid_unknown_fields=True):
    port: int = 0


class Machine(Struct, forbid_unknown_fields=True):
    station: str
    data: Path = Path("data")
    web: Web | None = None


def written(folder: Path, text: str) -> Path:
    path = folder / "machine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_misspelt_key_is_named_with_its_line_and_what_was_meant(tmp_path):
    path = written(tmp_path, 'station = "v1"\n\nstaton = "v2"\n')

    with pytest.raises(ConfigError, match=r"machine\.toml:3: .*`staton`; did you mean `station`\?"):
        load(path, Machine)


def test_a_misspelt_key_in_a_table_is_found_too(tmp_path):
    path = written(tmp_path, 'station = "v1"\n[web]\nprot = 80\n')

    with pytest.raises(ConfigError, match=r":3: .*`prot`; did you mean `port`\?"):
        load(path, Machine)


def test_a_wrong_type_is_named_with_its_line(tmp_path):
    path = written(tmp_path, 'station = "v1"\n[web]\nport = "eighty"\n')

    with pytest.raises(ConfigError, match=r":3: Expected `int`, got `str` - at `\$\.web\.port`"):
        load(path, Machine)


def test_a_missing_key_is_named(tmp_path):
    with pytest.raises(ConfigError, match="missing required field `station`"):
        load(written(tmp_path, ""), Machine)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read"):
        load(tmp_path / "nowhere.toml", Machine)


def test_what_is_not_toml_is_said_with_its_line(tmp_path):
    with pytest.raises(ConfigError, match=r"not TOML: .*line 1"):
        load(written(tmp_path, "station = \n"), Machine)


def test_a_path_is_taken_from_where_the_file_is(tmp_path):
    assert load(written(tmp_path, 'station = "v1"\n'), Machine).data == Path("data")
    named = load(written(tmp_path, 'station = "v1"\ndata = "there"\n'), Machine)
    assert named.data == tmp_path / "there"
