"""What makes what is known into what is told."""

import random

from hub.catalogue.feeds.difference import difference, filled_in, shrinks_too_much
from hub.catalogue.feeds.lines import CardLine


def cards(**states):
    return {card: CardLine(card=card, patron="p", state=state) for card, state in states.items()}


def test_new_changed_gone_and_same_are_told_apart():
    found = difference(
        cards(a="active", b="active", c="lost"), cards(a="active", b="lost", d="active"), whole=True
    )

    assert [line.card for line in found.new] == ["d"]
    assert [(old.state, new.state) for old, new in found.changed] == [("active", "lost")]
    assert [line.card for line in found.gone] == ["c"]
    assert found.same == 1


def test_nothing_is_gone_from_a_list_that_is_not_whole():
    assert difference(cards(a="active"), {}, whole=False).gone == []


def test_applying_the_difference_gives_what_was_told():
    rng = random.Random(7)
    for _ in range(200):
        known, told = (
            cards(**{f"c{n}": rng.choice(("active", "lost")) for n in rng.sample(range(9), 5)})
            for _ in "ab"
        )
        found = difference(known, told, whole=True)

        result = dict(known)
        for line in found.gone:
            del result[line.card]
        result |= {line.card: line for line in found.new}
        result |= {after.card: after for _, after in found.changed}
        assert result == told
        assert found.same + len(found.changed) + len(found.new) == len(told)


def test_what_a_list_does_not_name_is_as_it_is_known():
    known = {"a": CardLine(card="a", patron="anna", uid="04")}
    told = {"a": CardLine(card="a", state="lost"), "b": CardLine(card="b")}

    said = filled_in(known, told, frozenset({"card", "state"}))

    assert said["a"] == CardLine(card="a", patron="anna", uid="04", state="lost")
    assert said["b"] == told["b"]


def test_a_list_that_has_shrunk_by_more_than_a_fifth_may_be_torn():
    known = cards(**{f"c{n}": "active" for n in range(1000)})

    def lacking(many):
        told = dict(list(known.items())[many:])
        return shrinks_too_much(len(difference(known, told, whole=True).gone), len(known))

    assert (lacking(200), lacking(201)) == (False, True)
    assert not shrinks_too_much(2, 2)
