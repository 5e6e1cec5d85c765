import tomllib

import msgspec
import pytest

from firmware_config.kit import load_kit, names
from provisioning.place import Form, KneeSpace, StationPlace, findings
from provisioning.place_form import (
    KNEE_QUESTIONS,
    QUESTIONS,
    empty_form,
    empty_station,
    question_of,
)

HAS = {"name", "screen", "keys", "number_keys", "loudspeaker", "knee_space"}


def read(text):
    return msgspec.convert(tomllib.loads(text), Form)


def test_every_answer_has_its_question():
    assert set(QUESTIONS) == set(StationPlace.__struct_fields__) - HAS
    assert set(KNEE_QUESTIONS) == set(KneeSpace.__struct_fields__)


@pytest.mark.parametrize("name", names())
def test_an_empty_form_is_a_form_with_nothing_answered(name):
    form = read(empty_form("SE-Um") + empty_station("umea-1", load_kit(name)))

    assert form.stations[0].screen == (load_kit(name).screen is not None)
    told = findings(form)
    assert told
    assert not any(finding.answered for finding in told)


@pytest.mark.parametrize("name", ["loan-pi5-pn5180", "listening-pi4-ring"])
def test_just_what_is_asked_is_what_must_be_answered(name):
    text = empty_station("umea-1", load_kit(name))
    asked = {
        line[1:].partition(" =")[0] for line in text.splitlines() if line.startswith("#")
    } & set(QUESTIONS)

    wanted = {each.key.rpartition(".")[2] for each in findings(read(empty_form("b") + text))}
    assert asked == wanted


def test_names_that_need_quoting_are_quoted():
    form = read(empty_form('Ume"å\\') + empty_station('a"b', load_kit("listening-pi4-ring")))

    assert (form.branch, form.stations[0].name) == ('Ume"å\\', 'a"b')


def test_answers_about_the_knees_stay_with_their_station():
    kit = load_kit("listening-pi4-ring")
    text = empty_form("b") + empty_station("one", kit) + empty_station("two", kit)
    answered = text.replace("#knee_space.wide_mm =", "knee_space.wide_mm = 800", 1)

    first, second = read(answered).stations
    assert (first.knee_space.wide_mm, second.knee_space.wide_mm) == (800, None)


def test_a_question_is_found_by_the_key_of_its_answer():
    assert question_of("station[3].digit_5_marked") == "Has the 5 a raised dot?"
    assert question_of("station[0].knee_space.wide_mm").startswith("Width of the room")
