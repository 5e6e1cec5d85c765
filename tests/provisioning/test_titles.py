"""Facts become MARC21 records."""

import pymarc
import pytest

from provisioning import title_facts, titles
from provisioning.title_facts import Contributor, TitleFacts

RONJA = TitleFacts(
    id="ft000003",
    source="known",
    kind="book",
    language="swe",
    title="Ronja rövardotter",
    author="Lindgren, Astrid",
    year=1981,
    children=True,
)


def made(**facts):
    given = {"id": "ft1", "source": "libris", "kind": "book", "language": "swe", "title": "Titel"}
    (record,) = pymarc.MARCReader(titles.marc([TitleFacts(**(given | facts))]))
    return record


def test_the_file_in_the_project_is_what_the_facts_say():
    facts = title_facts.read(title_facts.REGION / "titles.toml")

    kept = (title_facts.REGION / "titles.mrc").read_bytes()

    assert kept == titles.marc(facts), "run `python -m provisioning.titles`"


def test_a_record_says_who_wrote_what_and_when():
    record = titles.record(RONJA)

    assert str(record["100"]) == "=100  1\\$aLindgren, Astrid$4aut"
    assert str(record["245"]) == "=245  10$aRonja rövardotter /$cAstrid Lindgren"
    assert record["264"]["c"] == "1981"
    assert record["041"]["a"] == "swe"


def test_a_record_is_unicode_and_its_fixed_field_whole():
    record = made(title="Ål på åkern", children=True, year=1999)

    assert record.leader[9] == "a"
    assert len(record["008"].data) == 40
    assert record["008"].data[7:11] == "1999"
    assert record["008"].data[22] == "j"
    assert record["008"].data[35:38] == "swe"
    assert record["245"]["a"] == "Ål på åkern"


@pytest.mark.parametrize(
    ("facts", "statement"),
    [
        ({"subtitle": "roman"}, "$aTitel :$broman"),
        ({"parallel": "Title"}, "$aTitel =$bTitle"),
        ({"part": "Del 2", "part_name": "Nybyggarna"}, "$aTitel.$nDel 2,$pNybyggarna"),
        ({"part_name": "Nybyggarna"}, "$aTitel.$pNybyggarna"),
        ({"subtitle": "roman", "responsibility": "av A. B."}, "$aTitel :$broman /$cav A. B."),
    ],
)
def test_punctuation_stands_between_the_parts_of_a_title(facts, statement):
    assert str(made(**facts)["245"]) == f"=245  00{statement}"


def test_an_article_is_left_out_of_the_index():
    assert made(title="Den sista forsen", nonfiling=4)["245"].indicators[1] == "4"


def test_a_talking_book_says_who_reads_and_for_how_long():
    record = made(
        kind="talking_book", minutes=552, contributors=[Contributor(name="Ek, Johan", role="nrt")]
    )

    assert record.leader[6] == "i"
    assert record["041"]["d"] == "swe"
    assert record["306"]["a"] == "091200"
    assert record["300"]["a"] == "1 ljudskiva (9 tim., 12 min.)"
    assert record["511"]["a"] == "Inläst av Johan Ek."
    assert (record["700"]["a"], record["700"]["4"]) == ("Ek, Johan", "nrt")
    assert record["655"]["a"] == "Talböcker"


def test_a_film_says_for_whom_it_is():
    record = made(kind="film", age_limit=15)

    assert record.leader[6] == "g"
    assert record["521"]["a"] == "Tillåten från 15 år"


def test_an_example_is_marked_and_a_real_title_is_not():
    assert made(source="example")["500"]["a"] == titles.EXAMPLE_NOTE
    assert "500" not in made()


def test_what_is_not_known_is_not_said():
    record = made()

    assert {field.tag for field in record} == {"001", "008", "041", "245"}
    assert record["008"].data[6:15] == "nuuuuuuuu"
    assert record["008"].data[15:18] == "xx "
