"""The example region: its files agree with each other and pass nothing invented as fact."""

import re
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pymarc
import pytest

from hub.catalogue import region_files
from hub.catalogue.region_files import CardRow, HoldRow, ItemRow, LoanRow, PatronRow, SignRow
from hub.catalogue.terms import RuleBook
from provisioning import titles
from provisioning.title_facts import REGION

UID = re.compile(r"04[0-9a-f]{12}")
FICTION = range(319200, 319300)


def rows(name, kind):
    return region_files.read_rows(REGION / name, kind)


@pytest.fixture(scope="module")
def region():
    return region_files.read_region(REGION / "region.toml")


@pytest.fixture(scope="module")
def records():
    with (REGION / "titles.mrc").open("rb") as file:
        return {record["001"].data: record for record in pymarc.MARCReader(file)}


ITEMS = rows("items.csv", ItemRow)
PATRONS = {patron.patron: patron for patron in rows("patrons.csv", PatronRow)}
CARDS = rows("cards.csv", CardRow)
HOLDS = rows("holds.csv", HoldRow)
LOANS = rows("loans.csv", LoanRow)
SIGNS = rows("signs.csv", SignRow)
WAITED_FOR = {hold.title for hold in HOLDS}
OUT = {loan.item for loan in LOANS}


def is_example(record):
    return any(note["a"] == titles.EXAMPLE_NOTE for note in record.get_fields("500"))


# --- places


def test_six_municipalities_have_twenty_four_libraries(region):
    assert len(region.municipality) == 6
    assert len(region.branch) >= 24
    assert {branch.municipality for branch in region.branch} == {
        municipality.code for municipality in region.municipality
    }
    assert len({branch.code for branch in region.branch}) == len(region.branch)
    assert all(re.fullmatch("[A-Z]{3}", branch.code) for branch in region.branch)


def test_umea_asks_for_a_pin_and_nordmaling_refuses_where_none_can_be_checked(region):
    rules = {town.code: (town.pin_to_borrow, town.pin_offline) for town in region.municipality}

    assert [town for town, (pin, _) in rules.items() if pin] == ["umea"]
    assert [town for town, (_, offline) in rules.items() if offline == "refuse"] == ["nordmaling"]
    assert {offline for _, offline in rules.values()} == {"waive", "refuse"}


def test_no_telephone_number_can_be_anybodys(region):
    numbers = [branch.telephone for branch in region.branch]

    assert all(re.fullmatch(r"0980-\d{6}", number) for number in numbers)
    assert all(int(number[5:]) in FICTION for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_every_library_says_where_to_leave_books_and_when_it_is_closed(region):
    for branch in region.branch:
        assert re.match(r"(i|på|vid|hos|bakom) ", branch.drop), branch.code
        assert branch.drop_en
        assert not branch.drop.endswith(".")
        assert date(2026, 12, 24) in branch.closed_days
        assert date(2027, 12, 25) in branch.closed_days


def test_libraries_are_open_with_and_without_staff_and_never_twice_at_once(region):
    staffed = [hours.staffed for branch in region.branch for hours in branch.hours]
    assert set(staffed) == {True, False}
    for branch in region.branch:
        spans = sorted((h.weekday, h.opens, h.closes) for h in branch.hours)
        assert all(opens < closes for _, opens, closes in spans)
        for before, after in pairwise(spans):
            assert before[0] != after[0] or before[2] <= after[1], branch.code


def test_only_the_bookmobile_has_a_timetable(region):
    (bus,) = [branch for branch in region.branch if branch.stop]

    assert (bus.code, bus.name, bus.hours) == ("BBU", "Bokbussen", [])
    assert {stop.weeks for stop in bus.stop} == {"odd", "even", "every"}


# --- titles


def test_there_are_enough_titles_and_most_are_real(records):
    examples = sum(map(is_example, records.values()))

    assert len(records) >= 240
    assert 40 <= examples <= 50
    assert len(records) - examples >= 195


def test_the_examples_fill_the_kinds_that_real_ones_lack(records):
    examples = [record for record in records.values() if is_example(record)]
    languages = Counter(record["008"].data[35:38] for record in examples)
    leaders = Counter(record.leader[6] for record in examples)

    assert languages >= Counter(fin=5, eng=5, sme=3)
    assert leaders >= Counter(i=8, g=4)
    assert sum(record["008"].data[22] == "j" for record in examples) >= 8
    assert sum("n" in record["245"] and "p" in record["245"] for record in examples) >= 5


def test_every_talking_book_example_has_a_narrator_and_a_length(records):
    spoken = [r for r in records.values() if is_example(r) and r.leader[6] == "i"]

    for record in spoken:
        assert re.fullmatch(r"\d{6}", record["306"]["a"])
        assert "nrt" in [person["4"] for person in record.get_fields("700")]


def test_nothing_invented_has_an_isbn(records):
    assert not [number for number, r in records.items() if is_example(r) and r.get_fields("020")]


def test_every_isbn_has_its_check_digit(records):
    isbns = [field["a"] for r in records.values() for field in r.get_fields("020")]

    assert len(isbns) > 40
    assert not [isbn for isbn in isbns if not check_digit_holds(isbn)]


def check_digit_holds(isbn):
    digits = [10 if digit == "X" else int(digit) for digit in isbn]
    if len(digits) == 10:
        return sum(digit * (10 - place) for place, digit in enumerate(digits)) % 11 == 0
    return sum(digit * (1, 3)[place % 2] for place, digit in enumerate(digits)) % 10 == 0


def test_every_record_is_unicode_with_one_language_and_control_number(records):
    for record in records.values():
        assert record.leader[9] == "a"
        assert len(record["008"].data) == 40
        assert record["041"].get("a") or record["041"].get("d")
        assert len(record["245"].get_subfields("b")) <= 1


def test_well_known_titles_are_there_to_be_listened_to(records):
    real = {r["245"]["a"].rstrip(" /.:"): r for r in records.values() if not is_example(r)}

    for title in ("Pippi Långstrump", "Röda rummet", "Romanen om utvandrarna"):
        assert real[title]["520"]["a"]


# --- copies


def test_every_copy_is_of_a_title_and_belongs_to_a_library(records, region):
    branches = {branch.code for branch in region.branch}

    assert {item.title for item in ITEMS} == set(records)
    assert {item.branch for item in ITEMS} == branches
    assert {item.usage for item in ITEMS} == {"circulating", "reference"}
    assert all(re.fullmatch(r"3\d{7}", item.item) for item in ITEMS)


def test_every_library_has_something_to_lend():
    copies = Counter(item.branch for item in ITEMS)

    assert min(copies.values()) >= 8
    assert min(copies[code] for code in ("VIN", "BJU", "UMS")) >= 20


def test_no_number_and_no_sticker_is_used_twice():
    numbers = [item.item for item in ITEMS] + [card.card for card in CARDS]
    stickers = [i.tag for i in ITEMS] + [c.uid for c in CARDS] + [s.tag for s in SIGNS]

    assert len(set(numbers)) == len(numbers)
    assert len(set(stickers)) == len(stickers)
    assert all(UID.fullmatch(uid) for uid in stickers)
    # 0x88 in this place would be taken for the sign of a longer number.
    assert not [uid for uid in stickers if uid[6:8] == "88"]


def test_the_first_six_books_of_vindeln_can_be_borrowed_at_once(records):
    first = [item for item in ITEMS if item.branch == "VIN"][:6]

    assert ITEMS[:6] == first
    for item in first:
        assert item.usage == "circulating"
        assert item.title not in WAITED_FOR
        assert item.item not in OUT
        assert not is_example(records[item.title])
        assert records[item.title]["041"]["a"] == "swe"


# --- people


def test_every_card_loan_and_hold_is_somebodys(records):
    items = {item.item: item for item in ITEMS}

    assert {card.patron for card in CARDS} == set(PATRONS)
    assert {hold.patron for hold in HOLDS} | {loan.patron for loan in LOANS} <= set(PATRONS)
    assert {hold.title for hold in HOLDS} <= set(records)
    assert {items[loan.item].usage for loan in LOANS} == {"circulating"}
    assert len(OUT) == len(LOANS)
    for hold in HOLDS:
        assert (hold.state == "ready") == bool(hold.item)
        assert not hold.item or items[hold.item].title == hold.title


def test_some_sixty_people_have_cards_and_pins_of_their_own():
    pins = [patron.pin for patron in PATRONS.values()]

    assert 55 <= len(PATRONS) <= 65
    assert all(re.fullmatch(r"\d{4}", pin) for pin in pins)
    assert len(set(pins)) == len(pins)
    assert all(re.fullmatch(r"2\d{7}", card.card) for card in CARDS)


def test_the_first_ten_cards_can_be_used_for_anything():
    for card in CARDS[:10]:
        patron = PATRONS[card.patron]
        assert card.state == "active"
        assert (patron.kind, patron.state, patron.fees_ore) == ("adult", "active", 0)
        assert patron.municipality in {"vindeln", "bjurholm", "umea"}
        assert patron.patron not in {loan.patron for loan in LOANS}


def test_every_refusal_of_a_card_can_be_seen():
    states = {patron.state for patron in PATRONS.values()}
    lost = {card.patron for card in CARDS if card.state == "lost"}
    children = [patron for patron in PATRONS.values() if patron.kind == "child"]
    loans = Counter(loan.patron for loan in LOANS)

    assert states == {"active", "blocked", "expired"}
    assert lost & {card.patron for card in CARDS if card.state == "active"}
    film_age = RuleBook().terms(item_kind="film").age
    assert all(2026 - child.birth_year < film_age for child in children)
    assert children
    assert any(patron.fees_ore for patron in PATRONS.values())
    assert max(loans.values()) == RuleBook().terms().loans
    assert 3 in loans.values()
    assert any(loan.due_in_days < 0 for loan in LOANS)


def test_a_reserved_book_stands_in_vindeln_and_another_waits_on_its_hold_shelf():
    queue = Counter(hold.title for hold in HOLDS if hold.state == "waiting")
    vindeln = {item.title for item in ITEMS if item.branch == "VIN" and item.item not in OUT}
    (ready,) = [h for h in HOLDS if h.state == "ready" and h.branch == "VIN"]
    copy = next(item for item in ITEMS if item.item == ready.item)

    assert max(queue.values()) >= 3
    assert len(set(queue) & vindeln) >= 2
    assert copy.branch == "VIN"
    assert copy.shelf == "Reservationshyllan"
    assert (PATRONS[ready.patron].kind, PATRONS[ready.patron].state) == ("adult", "active")


def test_the_two_listening_libraries_have_signs_that_speak():
    assert {sign.branch for sign in SIGNS} == {"UMS", "VIN"}
    assert all(sign.text and sign.text_en for sign in SIGNS)


def test_the_region_has_no_file_that_nobody_reads():
    csvs = {"items", "patrons", "cards", "holds", "loans", "signs"}
    expected = {"region.toml", "titles.toml", "titles.mrc"} | {f"{name}.csv" for name in csvs}
    assert {path.name for path in Path(REGION).iterdir()} == expected
