"""A place in the queue of a library system that takes a hold as often as it is asked for."""

from contextlib import contextmanager

import pytest

from circulation.verdicts import Reason
from hub.catalogue.port import HoldVerdict
from hub.errors import AnswerLostError
from hub.sip2.codec import checksum
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.sip2.independent import independent
from tests.hub.catalogue.sip2.proxy import WHOLE, Cut, carrying
from tests.hub.catalogue.sip2.rig import catalogue_at
from tests.hub.sip2.peers import scripted, serving


@pytest.fixture(params=["ours", "pysip2"])
def catalogue(request, system, engine, clock):
    server = scripted(system.wire) if request.param == "ours" else serving(independent(system))
    with server as port, catalogue_at(port, engine, clock) as asked:
        yield asked


def place(catalogue, card="K-ANNA", title="t-novel"):
    return catalogue.place_hold(title, card, pickup="VIN", at_ms=NOW_MS)


def test_who_asks_is_told_the_place(catalogue, system):
    assert place(catalogue, "K-BO") == HoldVerdict(None, 1)
    assert place(catalogue, "K-ANNA") == HoldVerdict(None, 2)
    assert system.waiting == {"Vägen genom myren": ["K-BO", "K-ANNA"]}


def test_asking_twice_is_one_hold(catalogue, system):
    place(catalogue)

    assert place(catalogue) == HoldVerdict(None, 1)
    assert system.waiting == {"Vägen genom myren": ["K-ANNA"]}


def test_a_bad_card_and_a_title_without_copies_are_refused(catalogue, system):
    assert place(catalogue, "K-BLOCKED") == HoldVerdict(Reason.CARD_REFUSED)
    assert place(catalogue, title="t-none") == HoldVerdict(Reason.NOT_FOR_LOAN)
    assert system.waiting == {}


def test_a_place_is_given_up_once(catalogue, system):
    place(catalogue)

    assert catalogue.cancel_hold("t-novel", "K-ANNA", at_ms=NOW_MS)
    assert not catalogue.cancel_hold("t-novel", "K-ANNA", at_ms=NOW_MS)
    assert system.changes == ["hold Vägen genom myren K-ANNA", "no hold Vägen genom myren K-ANNA"]


def test_a_copy_that_is_kept_is_given_up_too(catalogue, system):
    system.kept["B-2"] = "K-ANNA"

    assert catalogue.cancel_hold("t-novel", "K-ANNA", at_ms=NOW_MS)
    assert system.kept == {}


def test_what_somebody_waits_for_is_listed_by_our_titles_and_by_the_systems_words(
    catalogue, system
):
    system.titles["N-1"] = "Ny bok som vi inte har"
    system.kept["N-1"] = "K-ANNA"
    place(catalogue)

    told = [(each.title.id, each.title.title, each.ready) for each in catalogue.holds("K-ANNA")]

    assert told == [
        ("", "Ny bok som vi inte har", True),
        ("t-novel", "Vägen genom myren", False),
    ]
    assert catalogue.holds("K-BO") == []


@pytest.mark.parametrize("left", [False, True])
def test_a_place_given_up_whose_answer_was_lost_is_told_as_it_is(system, engine, clock, left):
    system.waiting["Vägen genom myren"] = ["K-ANNA"]

    def plan(_number, asked):
        if not asked.startswith(b"15"):
            return WHOLE
        return Cut(said_bytes=0) if left else Cut(asked_bytes=9)

    with (
        scripted(system.wire) as upstream,
        carrying(upstream, plan) as port,
        catalogue_at(port, engine, clock) as catalogue,
    ):
        if left:
            assert catalogue.cancel_hold("t-novel", "K-ANNA", at_ms=NOW_MS)
        else:
            with pytest.raises(AnswerLostError):
                catalogue.cancel_hold("t-novel", "K-ANNA", at_ms=NOW_MS)
    assert system.waiting["Vägen genom myren"] == ([] if left else ["K-ANNA"])


@pytest.mark.parametrize("bytes_back", [0, 1, 20])
def test_a_hold_whose_answer_was_lost_is_found_in_the_queue(system, engine, clock, bytes_back):
    def plan(_number, asked):
        return Cut(said_bytes=bytes_back) if asked.startswith(b"15") else WHOLE

    with (
        scripted(system.wire) as upstream,
        carrying(upstream, plan) as port,
        catalogue_at(port, engine, clock) as catalogue,
    ):
        assert place(catalogue) == HoldVerdict(None, 1)
    assert system.waiting == {"Vägen genom myren": ["K-ANNA"]}


def test_a_hold_whose_question_was_lost_is_not_told_as_made(system, engine, clock):
    def plan(_number, asked):
        return Cut(asked_bytes=9) if asked.startswith(b"15") else WHOLE

    with (
        scripted(system.wire) as upstream,
        carrying(upstream, plan) as port,
        catalogue_at(port, engine, clock) as catalogue,
        pytest.raises(AnswerLostError),
    ):
        place(catalogue)
    assert system.waiting == {}


@contextmanager
def saying(system, engine, clock, ok):
    """Give a catalogue that answers each Hold (15) with *ok*, and does nothing."""

    def wire(line, number):
        if not line.startswith(b"15"):
            return system.wire(line, number)
        end = b"AY" + line[line.rindex(b"AY") + 2 :][:1] + b"AZ"
        said = ok + b"Y20261129    120000AOSE-Vin|AAK-ANNA|" + end
        return said + checksum(said) + b"\r"

    with scripted(wire) as port, catalogue_at(port, engine, clock) as catalogue:
        yield catalogue


def test_a_place_that_is_said_to_be_given_up_and_is_not_is_told_as_it_is(system, engine, clock):
    system.waiting["Vägen genom myren"] = ["K-ANNA"]

    with saying(system, engine, clock, b"161") as catalogue:
        assert not catalogue.cancel_hold("t-novel", "K-ANNA", at_ms=NOW_MS)


def test_a_hold_that_is_said_to_be_made_and_is_not_is_not_told_as_made(system, engine, clock):
    with saying(system, engine, clock, b"161") as catalogue, pytest.raises(AnswerLostError):
        place(catalogue)


def test_a_system_that_counts_no_holds_is_taken_at_its_word(system, engine, clock):
    system.counts_holds = False

    with scripted(system.wire) as port, catalogue_at(port, engine, clock) as catalogue:
        assert place(catalogue) == HoldVerdict(None, 1)

    assert system.waiting == {"Vägen genom myren": ["K-ANNA"]}
