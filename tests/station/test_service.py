"""What a caretaker hears when a station is asked what is wrong with it."""

import pytest

from circulation.messages import OrderDone
from circulation.phrases.texts import knows
from circulation.utterances import text_of
from station.doctor import _LOOKS
from station.service import BEGINNING_MS, PLUGGED_BEFORE_MS, Service


@pytest.fixture
def heard():
    return []


@pytest.fixture
def chores():
    return []


@pytest.fixture
def service(heard, chores):
    service = Service(
        staff_cards=frozenset({"20000099"}),
        chore=chores.append,
        announce=lambda words: heard.append(text_of(words)),
    )
    service.begin(1_000)
    return service


def ended(service, told, faults=(), outcome="done", language="sv"):
    done = OrderDone(id="service", outcome=outcome, told=told)
    return service.ended(done, faults, language)


def test_a_key_asks_for_it_soon_after_the_start_only(service, chores):
    assert not service.asked_by_key("up", 1_000)
    assert not service.asked_by_key("centre", 1_000 + BEGINNING_MS)
    assert service.asked_by_key("centre", 999 + BEGINNING_MS)
    assert [each.kind for each in chores] == ["examine"]


def test_whoever_puts_headphones_in_after_the_start_has_the_keys(service, chores):
    service.somebody_came(1_000 + PLUGGED_BEFORE_MS)

    assert not service.asked_by_key("centre", 1_000 + PLUGGED_BEFORE_MS)
    assert chores == []


def test_headphones_that_were_in_before_the_start_are_nobodys(service):
    service.somebody_came(999 + PLUGGED_BEFORE_MS)

    assert service.asked_by_key("centre", 1_000 + PLUGGED_BEFORE_MS)


def test_a_staffs_card_asks_for_it_and_a_visitors_does_not(service, chores):
    assert not service.asked_by_card("20000001")
    assert service.asked_by_card("20000099")
    assert len(chores) == 1


def test_whoever_asks_again_while_they_wait_is_told_once(service, chores):
    for _ in range(3):
        assert service.asked_by_key("centre", 1_000)
    assert len(chores) == 1

    ended(service, "")
    assert service.asked_by_card("20000099")
    assert len(chores) == 2


def test_a_station_that_is_well_says_so(service, heard):
    assert ended(service, "")

    assert heard == ["Jag hittar inget fel på mig."]


def test_each_thing_is_said_with_the_next_step_and_a_code_once(service, heard):
    ended(service, "readers\nhub's site", ("R2", "J3"))

    (said,) = heard
    assert said.startswith("En läsare svarar inte. Stäng av mig, kontrollera kablarna")
    assert said.endswith("Annars ska port 4 4 3 vara öppen ut. Felkod J 3.")
    assert "R 2" not in said


def test_what_could_not_be_looked_at_is_said(service, heard):
    ended(service, "ZeroDivisionError", outcome="failed")

    assert heard == ["Jag kunde inte undersöka allt. Säg till teknikern."]


def test_another_order_is_none_of_its(service, heard):
    assert not service.ended(OrderDone(id="o", outcome="done"), (), "sv")
    assert heard == []


@pytest.mark.parametrize("language", ["sv", "en"])
def test_there_are_words_for_all_that_the_doctor_looks_at(language):
    for what in ("settings", *_LOOKS):
        key = f"doctor.{what.replace(' ', '_').replace(chr(39), '')}"
        assert knows(language, key), key
