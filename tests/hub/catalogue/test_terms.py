"""Which rule decides which term."""

import random

from hub.catalogue.terms import BUILT_IN, Rule, RuleBook, Terms


def test_without_rules_of_its_own_a_region_lends_four_weeks_and_films_from_fifteen():
    book = RuleBook()

    assert book.terms() == Terms(
        loan_days=28,
        halved_at=3,
        renewals=3,
        loans=30,
        holds=50,
        age=0,
        pickup_days=7,
        offline=True,
    )
    assert book.terms(item_kind="film").age == 15


def test_the_rule_that_names_most_decides_and_each_term_by_itself():
    book = RuleBook(
        [
            Rule(item_kind="film", branch="UMS", loan_days=7),
            Rule(item_kind="film", loan_days=14, renewals=0),
            Rule(patron_kind="school", loan_days=90),
        ]
    )

    assert book.terms(item_kind="film", branch="VIN").loan_days == 14
    assert book.terms(item_kind="film", branch="UMS").loan_days == 7
    assert book.terms(item_kind="film", branch="UMS").renewals == 0
    assert book.terms(item_kind="book", patron_kind="school").loan_days == 90
    assert book.terms(item_kind="book", patron_kind="adult").loan_days == 28


def test_of_rules_that_name_equally_much_the_later_decides():
    rules = [Rule(item_kind="film", loan_days=14), Rule(patron_kind="school", loan_days=90)]
    asked = {"item_kind": "film", "patron_kind": "school"}

    assert RuleBook(rules).terms(**asked).loan_days == 90
    assert RuleBook(rules[::-1]).terms(**asked).loan_days == 14


def test_a_librarys_own_days_stand_where_no_rule_says_otherwise():
    book = RuleBook([Rule(item_kind="film", loan_days=7)])

    assert book.terms(item_kind="book", loan_days=21).loan_days == 21
    assert book.terms(item_kind="film", loan_days=21).loan_days == 7


def test_a_limit_of_one_kind_leaves_the_limit_of_all_as_it_is():
    terms = RuleBook([Rule(item_kind="film", loans=5)]).terms(item_kind="film")

    assert (terms.loans, terms.kind_loans) == (30, 5)


def slowly(rules, asked):
    """Return the terms by the words of the how-to: every term by the best rule that says it."""
    said = {}
    for name in Rule.__struct_fields__[3:]:
        best = None
        for rule in (*BUILT_IN, *rules):
            named = {k: getattr(rule, k) for k in asked if getattr(rule, k)}
            if getattr(rule, name) is None or any(asked[k] != v for k, v in named.items()):
                continue
            if name == "loans" and rule.item_kind:
                continue
            if best is None or len(named) >= best[0]:
                best = (len(named), getattr(rule, name))
        said[name] = best[1]
    return said


def test_any_rules_decide_as_the_words_say():
    rng = random.Random(6)
    kinds, people, places = ("", "book", "film"), ("", "adult", "child"), ("", "VIN", "UMS")
    for _ in range(500):
        rules = [
            Rule(
                item_kind=rng.choice(kinds),
                patron_kind=rng.choice(people),
                branch=rng.choice(places),
                loan_days=rng.choice((None, 7, 14, 90)),
                renewals=rng.choice((None, 0, 9)),
                loans=rng.choice((None, 1, 99)),
                age=rng.choice((None, 7, 11)),
            )
            for _ in range(rng.randrange(9))
        ]
        asked = {
            "item_kind": rng.choice(kinds),
            "patron_kind": rng.choice(people),
            "branch": rng.choice(places),
        }

        terms = RuleBook(rules).terms(**asked)

        assert {name: getattr(terms, name) for name in slowly(rules, asked)} == slowly(rules, asked)
