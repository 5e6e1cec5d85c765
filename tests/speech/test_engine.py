from speech.engine import Cut, sentences


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
