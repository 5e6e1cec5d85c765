"""The notebook: old or new after any crash, and readable with cat."""

import json
import shutil
import subprocess
import sys

import pytest

from circulation.messages import OfflineRules, Settings
from station.notebook import Notebook

SETTINGS = Settings(
    shelf_version="v",
    pin_to_borrow=True,
    offline=OfflineRules(until_ms=1, loans_per_card_day_max=5, pin="waive"),
)


def test_a_document_is_found_again_after_a_restart(tmp_path):
    book = Notebook(tmp_path / "notebook.json")
    book.put("settings", SETTINGS)
    book.close()

    again = Notebook(tmp_path / "notebook.json")
    assert again.get("settings", Settings) == SETTINGS
    assert again.get("nothing", Settings) is None
    again.close()


def test_a_second_document_of_the_name_replaces_the_first(tmp_path):
    book = Notebook(tmp_path / "notebook.json")
    for days in range(3):
        book.put("count", {"days": days})

    assert book.get("count", dict) == {"days": 2}
    book.close()
    text = (tmp_path / "notebook.json").read_text(encoding="utf-8")
    assert len(json.loads(text)["documents"]) == 1


def test_a_document_of_another_version_is_as_good_as_none(tmp_path):
    book = Notebook(tmp_path / "notebook.json")
    book.put("settings", {"colour": "blue"})

    assert book.get("settings", Settings) is None
    book.close()


@pytest.mark.parametrize("torn", [b"", b'{"documents": {"1":', b"[]", b"{}}", b"\xff"])
def test_a_torn_notebook_is_set_aside_and_begun_anew(tmp_path, torn):
    path = tmp_path / "notebook.json"
    path.write_bytes(torn)

    book = Notebook(path)
    book.put("settings", SETTINGS)

    assert book.get("settings", Settings) == SETTINGS
    (aside,) = tmp_path.glob("notebook.json.damaged-*")
    assert aside.read_bytes() == torn
    book.close()


STRACE = ("strace", "-f", "-o", "/dev/null", "-e")
WRITER = """
import sys
from pathlib import Path
from station.notebook import Notebook
book = Notebook(Path(sys.argv[1]))
book.put("document", {"text": "new" * 10})
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace pulls the plug")
@pytest.mark.parametrize("call", ["fsync", "rename", "/^f(data)?sync"])
def test_killed_at_any_step_the_document_is_the_old_or_the_new(tmp_path, call):
    path = tmp_path / "notebook.json"
    book = Notebook(path)
    book.put("document", {"text": "old" * 1000})
    book.close()

    subprocess.run(
        [*STRACE, f"inject={call}:signal=KILL:when=1", sys.executable, "-c", WRITER, str(path)],
        check=False,
    )

    again = Notebook(path)
    assert again.get("document", dict) in ({"text": "old" * 1000}, {"text": "new" * 10})
    again.close()
