import pytest

from circulation.phrases.reading import as_read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Sverige 1914-1918", "Sverige nittonhundrafjorton till nittonhundraarton"),
        ("1984", "1984"),
        ("Bok IV", "Bok fyra"),
        ("del 2", "del två"),
        ("Karl XII och jag", "Karl den tolfte och jag"),
        ("MIX", "MIX"),
        ("CD", "CD"),
        ("I X V", "I X V"),
        ("Öppet kl. 9-17", "Öppet klockan nio till sjutton"),
        ("fåglar, bl.a. sparvar m.m.", "fåglar, bland annat sparvar med mera"),
        ("Hammar & son", "Hammar och son"),
        ("J. R. R. Tolkien", "ji ärr ärr Tolkien"),
        ('"Flickan" *som* _lekte_ ...', "Flickan som lekte"),
        ("Vem är du?", "Vem är du?"),
        ("Ett / två", "Ett, två"),
    ],
)
def test_swedish_is_read_as_it_would_be_read_aloud(written, read):
    assert as_read(written, "sv") == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("The war 1914-1918", "The war nineteen fourteen to nineteen eighteen"),
        ("Book IV", "Book four"),
        ("pt. 2", "part two"),
        ("Charles XII", "Charles the twelfth"),
        ("Cats & dogs", "Cats and dogs"),
        ("J. R. R. Tolkien", "J R R Tolkien"),
        ("Eva Ek m.fl.", "Eva Ek and others"),
    ],
)
def test_english_is_read_as_it_would_be_read_aloud(written, read):
    assert as_read(written, "en") == read


def test_other_languages_keep_their_words_and_lose_only_signs():
    assert as_read("»Brachland« 1914-1918 & Bok IV", "de") == "Brachland 1914-1918 & Bok IV"
