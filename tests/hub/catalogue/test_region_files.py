import pytest

from circulation.errors import ConfigError
from hub.catalogue.region_files import CardRow, PatronRow, details, read_region, read_rows
from tests.hub.catalogue.test_region import REGION


def write(tmp_path, text, name="region.toml"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def test_hours_and_tours_become_minutes_after_midnight(tmp_path):
    (branch,) = read_region(write(tmp_path, REGION)).branch

    told = details(branch)

    assert (told.hours[0].opens, told.hours[0].closes) == (570, 1080)
    assert (told.stops[0].opens, told.stops[0].weeks) == (840, "odd")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("telephone", "telefone", "did you mean `telephone`"),
        ('name = "Vännäs', 'name = "Vännäs\\u0000', r"\.name` has a sign that no database holds"),
        ('opens = "09:30"', 'opens = "9.30"', "the time '9.30'; write it as HH:MM"),
        ("weekday = 0", "weekday = 7", "weekday 7; 0 is Monday"),
        ('municipality = "vannas"', 'municipality = "vanas"', "no municipality 'vanas'"),
        ('weeks = "odd"', 'weeks = "ibland"', "ibland"),
    ],
)
def test_what_is_wrong_in_a_region_is_told_with_what_was_meant(tmp_path, old, new, told):
    with pytest.raises(ConfigError, match=told.replace("(", r"\(")):
        read_region(write(tmp_path, REGION.replace(old, new)))


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("card,patron,state,uid\nK1,p1,active\n", "cards.csv:2: not as many fields"),
        ("card,patron,state,uid\nK1,p1,active,0,1\n", "cards.csv:2: not as many fields"),
        ("card,patron,state,uid\nK1\0,p1,active,0\n", "cards.csv:2: `card` has a sign that no"),
        ("card,patron,state,uid\nK1,p1,asleep,04\n", "cards.csv:2: .*asleep"),
        ("card,patron,condition,uid\nK1,p1,active,04\n", "cards.csv:2: .*condition"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path, lines, told):
    with pytest.raises(ConfigError, match=told):
        read_rows(write(tmp_path, lines, "cards.csv"), CardRow)


def test_numbers_are_numbers_and_a_pin_keeps_its_noughts(tmp_path):
    head = "patron,name,birth_year,kind,state,pin,language,municipality,fees_ore\n"
    file = write(tmp_path, head + 'p1,"Ek, Bo",1980,adult,active,0012,sv,vannas,0\n', "p.csv")

    (row,) = read_rows(file, PatronRow)

    assert (row.name, row.birth_year, row.pin) == ("Ek, Bo", 1980, "0012")


def test_a_region_may_have_no_signs(tmp_path):
    assert read_rows(tmp_path / "signs.csv", CardRow) == []
