from speech.engine import SENTENCE_LETTERS_MAX, Cut, sentences


def test_a_text_is_spoken_a_sentence_at_a_time():
    assert sentences("Röda rummet. av August Strindberg. ") == [
        "Röda rummet.",
        "av August Strindberg.",
    ]


def test_a_number_with_a_point_is_not_two_sentences():
    assert sentences("Version 2.0 är här") == ["Version 2.0 är här"]


def test_a_cut_does_at_once_what_comes_after_it():
    cut, done = Cut(), []
    cut.then(lambda: done.append("before"))
    assert not done

    cut.make()
    cut.then(lambda: done.append("after"))

    assert cut.made
    assert done == ["before", "after"]


def test_a_sentence_without_an_end_comes_in_pieces_of_whole_words():
    long = "ord och åter ord, " * 120

    pieces = sentences(long)

    assert max(map(len, pieces)) <= SENTENCE_LETTERS_MAX
    assert " ".join(pieces) == long.strip()
    assert all(piece.endswith(",") for piece in pieces)


def test_even_one_word_of_two_thousand_letters_comes_in_pieces():
    pieces = sentences("a" * 2000)

    assert max(map(len, pieces)) <= SENTENCE_LETTERS_MAX
    assert "".join(pieces) == "a" * 2000


def test_no_engine_is_given_a_control_character():
    assert sentences("R\x00öda\trummet.\x07") == ["R öda rummet."]
