"""A CSV file is read line by line; what is wrong is named and the rest is read."""

from datetime import date

import pytest

from circulation.errors import ConfigError
from hub.catalogue.feeds.lines import CardLine, HoldLine, Kind, LoanLine, PatronLine
from hub.catalogue.feeds.reading import Wrong, read


@pytest.fixture
def written(tmp_path):
    def write(data):
        file = tmp_path / "feed.csv"
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        return file

    return write


@pytest.mark.parametrize(
    "text",
    [
        "card,patron,state\n2001,anna,blocked\n",
        "card;patron;state\r\n2001;anna;blocked\r\n",
        "\ufeffcard\tpatron\tstate\n2001\tanna\tblocked\n",
        'state,"card","patron"\n blocked , 2001 ,anna',
    ],
)
def test_commas_semicolons_and_tabs_are_read_whoever_saved_it(written, text):
    told = read(written(text), Kind.CARDS)

    assert told.lines == {"2001": CardLine(card="2001", patron="anna", state="blocked")}
    assert told.wrong == []


def test_what_is_left_out_or_empty_is_as_usual(written):
    told = read(written("patron,name,fees_ore\nanna,Åsa,\n"), Kind.PATRONS)

    assert told.lines == {"anna": PatronLine(patron="anna", name="Åsa")}
    assert told.names == {"patron", "name", "fees_ore"}


def test_words_become_what_they_are(written):
    lines = read(written("item,patron,due,renewals\nB,anna,2026-12-24,2\n"), Kind.LOANS).lines

    assert lines["B"] == LoanLine(item="B", patron="anna", due=date(2026, 12, 24), renewals=2)
    holds = read(written("title,patron,branch,until\nt,anna,VIN,2026-12-01\n"), Kind.HOLDS).lines
    assert list(holds.values()) == [
        HoldLine(title="t", patron="anna", branch="VIN", until=date(2026, 12, 1))
    ]
    entitled = read(written("patron,entitled\nanna,true\nbo,0\n"), Kind.PATRONS).lines
    assert [line.entitled for line in entitled.values()] == [True, False]


def test_a_wrong_line_is_named_without_what_stood_there_and_the_rest_is_read(written):
    text = "card,patron,state\n2001,anna,frozen\n2002,bo\n\n2003,bo,active\n,bo,active\n"

    told = read(written(text), Kind.CARDS)

    assert list(told.lines) == ["2003"]
    assert [wrong.number for wrong in told.wrong] == [2, 3, 6]
    assert told.wrong[1] == Wrong(3, "2 fields and not 3")
    assert "2001" not in told.wrong[0].reason
    assert "anna" not in told.wrong[0].reason


def test_a_day_that_is_text_is_told_how_days_are_written(written):
    told = read(written("item,patron,due\nB-1,anna,24/12/2026\n"), Kind.LOANS)

    assert told.lines == {}
    assert told.wrong == [Wrong(2, "No day as in 2026-12-24 - at `$.due`")]


def test_of_two_lines_about_one_the_later_stands_and_the_other_is_named(written):
    told = read(written("card,state\n2001,active\n2001,blocked\n"), Kind.CARDS)

    assert told.lines["2001"].state == "blocked"
    assert told.wrong == [Wrong(2, "line 3 says otherwise, and stands")]


def test_a_line_that_says_the_same_again_is_not_wrong(written):
    told = read(written("card,state\n2001,active\n2001,active\n"), Kind.CARDS)

    assert (list(told.lines), told.wrong) == (["2001"], [])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "its first line lacks card"),
        ("number,state\n1,active\n", "its first line lacks card"),
        ("card,colour\n1,red\n", "has 'colour'; what is read is card, patron, state, uid"),
        ("card,state\n1,\xe5\n".encode("latin-1"), "line 2 is not UTF-8; save it as UTF-8"),
        ("card,state\n1,active\n".encode("utf-16"), "line 1 is not UTF-8; save it as UTF-8"),
        ("card,state,card\n1,active,2\n", "its first line has card more than once"),
        ("x" * 200_000, "its first line cannot be read: field larger than field limit"),
    ],
)
def test_a_file_that_is_none_says_what_it_lacks(written, data, said):
    with pytest.raises(ConfigError, match=said):
        read(written(data), Kind.CARDS)


def test_a_letter_that_is_not_utf8_is_found_far_into_a_long_file(written):
    lines = b"patron,name\n" + b"".join(b"p%d,Anna\n" % number for number in range(5000))

    with pytest.raises(ConfigError, match="line 5002 is not UTF-8"):
        read(written(lines + "å,Åsa\n".encode("latin-1") + lines), Kind.PATRONS)


def test_a_quote_that_is_never_closed_swallows_no_line_unseen(written):
    told = read(written('patron,name\nanna,Anna\nbo,"Bo\nchild,Liv\n'), Kind.PATRONS)

    assert list(told.lines) == ["anna"]
    assert told.wrong == [Wrong(3, "unexpected end of data")]


def test_a_line_without_an_end_is_named_and_the_rest_is_read(written):
    told = read(written(f"card,uid\n1,\n2,{'x' * 1_000_000}\n3,\n"), Kind.CARDS)

    assert list(told.lines) == ["1", "3"]
    assert [wrong.number for wrong in told.wrong] == [3]


def test_a_field_may_have_line_breaks_and_lines_are_counted_as_they_are(written):
    told = read(written('patron,name\nanna,"Anna\nA."\nbo\n'), Kind.PATRONS)

    assert told.lines["anna"] == PatronLine(patron="anna", name="Anna\nA.")
    assert told.wrong == [Wrong(4, "1 fields and not 2")]


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (
            Kind.PATRONS,
            "patron,name\nanna,A\0nna\nbo,Bo\n",
            "`name` has a sign that no database holds",
        ),
        (Kind.PATRONS, "patron,fees_ore\nanna,2147483648\nbo,0\n", "<= 2147483647"),
        (Kind.PATRONS, f"patron,fees_ore\nanna,{'9' * 40}\nbo,0\n", "fees_ore"),
    ],
)
def test_what_no_database_can_keep_is_a_wrong_line(written, kind, text, reason):
    told = read(written(text), kind)

    assert list(told.lines) == ["bo"]
    assert [wrong.number for wrong in told.wrong] == [2]
    assert reason in told.wrong[0].reason
