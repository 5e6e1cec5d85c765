"""A printed book knows its talking book."""

from circulation.messages import ShelfTitle
from hub.catalogue.talking import with_talking_books


def book(id_, **told):
    given = {"title": "Emil i Lönneberga", "author": "Astrid Lindgren"} | told
    return ShelfTitle(id=id_, **given)


def link(*titles):
    return {title.id: title.talking_book for title in with_talking_books(titles)}


def test_a_printed_book_has_the_talking_book_of_the_same_words():
    talking = book("talking", kind="talking_book", narrator="Eva Ek")

    assert link(book("printed", title="EMIL I LÖNNEBERGA"), talking) == {
        "printed": "talking",
        "talking": None,
    }


def test_another_part_author_or_language_is_another_book():
    talking = book("talking", kind="talking_book")
    others = (book("a", part="del 2"), book("b", author="Eva Ek"), book("c", language="eng"))

    assert set(link(*others, talking).values()) == {None}


def test_a_film_has_no_talking_book():
    assert link(book("film", kind="film"), book("talking", kind="talking_book"))["film"] is None
