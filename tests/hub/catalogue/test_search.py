import unicodedata
from datetime import date

import pytest

from circulation.messages import ShelfTitle
from hub.catalogue.importing import import_file
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.search import HITS_PER_PAGE, search, title_page
from tests.hub.catalogue.cast import NOW_MS, enter_title, wait_for
from tests.hub.catalogue.records import iso2709, record


@pytest.fixture
def found(engine):
    def titles(sought, page=1):
        with engine.connect() as db:
            return [hit.title.id for hit in search(db, sought, page).hits]

    return titles


def enter(engine, *titles):
    with engine.begin() as db:
        for number, (title, author) in enumerate(titles):
            told = ShelfTitle(id=f"n{number}", title=title, author=author)
            enter_title(db, told.id, told)


def test_a_title_is_found_by_title_author_and_the_beginning_of_a_word(found):
    assert found("myren") == found("Exempel") == found("väg gen") == ["t-novel"]


def test_an_alder_is_not_an_eel(engine, found):
    enter(engine, ("Al vid bäcken", ""), ("Ål i ån", ""))

    assert found("al") == ["n0"]
    assert found("ål") == ["n1"]


def test_a_letter_and_its_mark_apart_are_the_letter(engine, found, tmp_path):
    apart = unicodedata.normalize("NFD", "Ålen i ån")
    file = tmp_path / "records.mrc"
    file.write_bytes(iso2709(record("n1", apart), record("n2", "Ké\u0302t nối")))
    import_file(engine, file)

    assert found("ålen") == found(unicodedata.normalize("NFD", "ålen")) == ["n1"]
    assert found("alen") == []
    assert found("Ké\u0302t") == ["n2"]


def test_every_word_must_be_there(found):
    assert found("vägen atlas") == []


def test_a_word_of_the_title_weighs_more_than_one_of_the_author(engine, found):
    enter(engine, ("En bok", "Flod, Eva"), ("Flod", "Någon"))

    assert found("flod") == ["n1", "n0"]


@pytest.mark.parametrize("sought", ["", '"', "*", "NOT", "a OR (", "title:x", "--", "'; DROP"])
def test_whatever_is_typed_is_only_words(found, sought):
    assert found(sought) in ([], ["t-novel"])


def test_what_is_found_comes_in_pages(engine):
    enter(engine, *((f"Gren {number}", "") for number in range(HITS_PER_PAGE + 1)))

    with engine.connect() as db:
        first, second = search(db, "gren"), search(db, "gren", 2)

    assert (first.total, len(first.hits), len(second.hits)) == (21, 20, 1)


def test_a_hit_tells_how_many_copies_are_in(engine):
    OwnCatalogue(engine).checkout(
        "B-1", "K-ANNA", posting="p", at_ms=NOW_MS, due=None, no_block=False
    )

    with engine.connect() as db:
        (hit,) = search(db, "myren").hits

    assert (hit.copies, hit.copies_in) == (2, 1)


def test_a_title_tells_where_each_copy_is(engine):
    catalogue = OwnCatalogue(engine)
    due = date(2026, 12, 1)
    catalogue.checkout("B-1", "K-ANNA", posting="p", at_ms=NOW_MS, due=due, no_block=True)
    wait_for(engine, "t-novel", "bo")
    wait_for(engine, "t-novel", "child")
    catalogue.checkin("B-2", "VIN", posting="q", at_ms=NOW_MS)

    with engine.connect() as db:
        page = title_page(db, "t-novel")

    assert [(copy.due, copy.put_aside) for copy in page.copies] == [(due, False), (None, True)]
    assert (page.copies[0].branch_name, page.copies[0].shelf) == ("Vindeln", "Hc")
    assert (page.waiting, page.facts.published, page.facts.subjects) == (1, "2020", ["Natur"])


def test_a_copy_for_the_reading_room_is_told_so(engine):
    with engine.connect() as db:
        page = title_page(db, "t-map")

    assert [copy.for_loan for copy in page.copies] == [True, False]


def test_an_unknown_title_has_no_page(engine):
    with engine.connect() as db:
        assert title_page(db, "t-none") is None


def test_of_more_than_can_be_told_apart_the_newest_come_first(engine, found, monkeypatch):
    enter(engine, ("Flod", ""), ("En bok", "Flod, Eva"), ("En bok till", "Flod, Eva"))
    assert found("flod") == ["n0", "n1", "n2"]

    monkeypatch.setattr("hub.catalogue.search.RANKED_MAX", 2)

    assert found("flod") == ["n2", "n1", "n0"]
    assert found("flod bok") == ["n1", "n2"]
    assert found("flod", 2) == []
