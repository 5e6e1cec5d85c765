from hub.phrases.standing import Standing, keep, kept, lacks_swedish


def standing(language, voice):
    return Standing(language=language, voice=voice, lufs=None, wanted=3, ready=1)


def test_what_was_kept_is_read_and_where_nothing_was_nothing_is(tmp_path):
    assert kept(tmp_path) is None

    keep(tmp_path, [standing("sv", "espeak")])

    assert kept(tmp_path) == [standing("sv", "espeak")]


def test_what_is_damaged_is_as_good_as_nothing(tmp_path):
    (tmp_path / "standing.json").write_text("[{")

    assert kept(tmp_path) is None


def test_only_a_neural_voice_for_swedish_is_one():
    assert lacks_swedish(None)
    assert lacks_swedish([standing("en", "piper"), standing("sv", "espeak")])
    assert not lacks_swedish([standing("en", "espeak"), standing("sv", "piper")])
