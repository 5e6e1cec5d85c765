import io
import wave

from station.mouth.archive import HEARD_MAX, SOUNDS_MAX, Archive, Heard


def heard(number):
    return Heard(
        id=number, text="Röda rummet.", lang="sv", engine="espeak", ms_to_first_sound=5.0,
        cut=False, done=False, at_ms=number,
    )  # fmt: skip


def test_only_the_latest_is_kept_and_its_sound_shorter_still():
    archive = Archive()
    for number in range(1, 301):
        archive.begin(heard(number))
        archive.add(number, "espeak", b"\1\0")
        archive.end(number, cut=False)

    ids = [one.id for one in archive.heard()]
    assert ids == list(range(301 - HEARD_MAX, 301))
    assert archive.wav(300 - SOUNDS_MAX) is None
    assert archive.wav(301 - SOUNDS_MAX) is not None


def test_an_utterance_tells_how_it_ended_and_who_spoke():
    archive = Archive()
    archive.begin(heard(1))
    archive.add(1, "espeak", b"\1\0")
    archive.add(1, "piper", b"\2\0")
    assert not archive.heard()[0].done

    archive.end(1, cut=True)

    ended = archive.heard()[0]
    assert (ended.engine, ended.cut, ended.done) == ("espeak,piper", True, True)


def test_what_was_spoken_is_written_out_under_a_number_and_no_title(tmp_path):
    archive = Archive(tmp_path / "spoken")
    archive.begin(heard(7))
    archive.add(7, "espeak", bytes(2000))
    archive.end(7, cut=False)

    assert [file.name for file in (tmp_path / "spoken").iterdir()] == ["000007.wav"]
    assert archive.wav(7) == (tmp_path / "spoken/000007.wav").read_bytes()
    with wave.open(io.BytesIO(archive.wav(7))) as file:
        assert file.getnframes() == 1000
