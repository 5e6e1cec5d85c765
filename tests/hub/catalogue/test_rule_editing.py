"""A form becomes a rule or says what is wrong, and what a rule would change is told before."""

import pytest

from hub.catalogue import rule_editing, rulebook
from hub.catalogue.feeds.lines import PatronLine
from hub.catalogue.log import Write
from hub.catalogue.registering import Register
from hub.catalogue.rule_editing import ITEM_KINDS, Changed, WrongRule, changes, edited, typed
from hub.catalogue.terms import Rule
from tests.hub.catalogue.cast import NOW_MS

WRITE = Write(posting=None, at_ms=NOW_MS, by="maja")
FILMS = Rule(item_kind="film", loan_days=7)


@pytest.fixture
def among(engine):
    with engine.connect() as db:
        return rule_editing.choices(db)


def test_a_form_is_a_rule_that_says_only_what_is_filled_in():
    form = {"item_kind": "film", "branch": "VIN", "loan_days": " 7 ", "age": "", "offline": "no"}

    assert typed(form) == Rule(item_kind="film", branch="VIN", loan_days=7, offline=False)


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({}, WrongRule("empty", "loan_days")),
        ({"item_kind": "film", "offline": ""}, WrongRule("empty", "loan_days")),
        ({"loan_days": "0"}, WrongRule("number", "loan_days")),
        ({"loan_days": "3661"}, WrongRule("number", "loan_days")),
        ({"loan_days": "sju"}, WrongRule("number", "loan_days")),
        ({"age": "-1"}, WrongRule("number", "age")),
        ({"age": "²"}, WrongRule("number", "age")),
        ({"loans": "9" * 99}, WrongRule("number", "loans")),
        ({"loan_days": "7", "item_kind": "scroll"}, WrongRule("kind", "item_kind")),
        ({"loan_days": "7", "patron_kind": "Skola!"}, WrongRule("kind", "patron_kind")),
        ({"loans": "7", "branch": "VIN"}, WrongRule("region", "branch")),
        ({"holds": "7", "item_kind": "film"}, WrongRule("titles", "item_kind")),
    ],
)
def test_what_cannot_be_a_rule_says_what_is_wrong_and_where(form, wrong):
    assert typed(form) == wrong


def test_a_rule_comes_last_takes_its_own_place_or_goes():
    books, longer = Rule(item_kind="book", loan_days=21), Rule(item_kind="film", loan_days=14)

    assert edited([FILMS], None, books) == [FILMS, books]
    assert edited([FILMS, books], 0, longer) == [longer, books]
    assert edited([FILMS, books], 0, None) == [books]


def test_two_rules_for_the_same_are_refused():
    twice = Rule(item_kind="film", age=11)

    assert edited([FILMS], None, twice) == WrongRule("same", "item_kind")
    assert edited([FILMS, Rule(loan_days=1)], 1, twice) == WrongRule("same", "item_kind")


def test_what_a_rule_changes_is_told_once_for_all_it_is_alike_for(among):
    assert changes([], [FILMS], among) == [
        Changed(item_kinds=["film"], patron_kinds=[], libraries=[], terms=[("loan_days", 28, 7)])
    ]
    at_home = Rule(branch="GRA", loan_days=14, renewals=0)
    assert changes([], [at_home], among) == [
        Changed(
            item_kinds=[],
            patron_kinds=[],
            libraries=["GRA"],
            terms=[("loan_days", 28, 14), ("renewals", 3, 0)],
        )
    ]


def test_a_rule_that_a_narrower_one_overrides_changes_only_the_rest(among):
    found = changes([FILMS], [FILMS, Rule(loan_days=21)], among)

    assert [each.terms for each in found] == [[("loan_days", 28, 21)]]
    assert "film" not in found[0].item_kinds
    assert len(found[0].item_kinds) == len(ITEM_KINDS) - 1


def test_a_rule_that_says_what_held_before_changes_nothing(among):
    assert changes([], [Rule(loan_days=28)], among) == []


def test_kinds_are_those_of_patrons_and_those_that_rules_name(engine):
    told = PatronLine(patron="?", kind="teacher")
    Register(engine).patron(told, "K-TEACHER", at_ms=NOW_MS)
    with engine.begin() as db:
        rulebook.keep(db, [Rule(patron_kind="school", loans=300)], WRITE)
        assert rule_editing.choices(db).patron_kinds == ["adult", "child", "teacher", "school"]


def test_rules_that_were_changed_meanwhile_are_not_overwritten(engine):
    with engine.begin() as db:
        seen = rulebook.mark(db)
        assert rule_editing.keep(db, seen, [FILMS], WRITE) is None
        assert rule_editing.keep(db, seen, [], WRITE) == WrongRule("meanwhile")
        seen = rulebook.mark(db)
        nowhere = Rule(branch="NOWHERE", loan_days=1)
        assert rule_editing.keep(db, seen, [nowhere], WRITE) == WrongRule("branch", "branch")
        assert rulebook.of(db).rules == (FILMS,)
