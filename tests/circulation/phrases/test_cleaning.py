import pytest

from circulation.phrases.cleaning import clean, in_sentence_case


@pytest.mark.parametrize(
    ("catalogued", "cleaned"),
    [
        ("Röda rummet /", "Röda rummet"),
        ("Röda rummet :", "Röda rummet"),
        ("Utvandrarna ;", "Utvandrarna"),
        ("Grünsee.", "Grünsee"),
        ("Nya dikter ,", "Nya dikter"),
        ("Varför då?", "Varför då?"),
        ("Det var en gång--", "Det var en gång"),
        ("... och sedan", "och sedan"),
        ("[Karta över Skandinavien]", "Karta över Skandinavien"),
        ("Hej [[hɛj]] du", "Hej hɛj du"),
        ("\x98The \x9cplays", "The plays"),
        ("<<The >>plays", "The plays"),
        ("Ro\u0308da rummet", "Röda rummet"),
        ("Biblio\u00adtek\u200b", "Bibliotek"),
        ("Hammar &amp; son", "Hammar & son"),
        ("Miniati\ufe20u\ufe21ry", "Miniatiury"),
        ("av J. R. R.", "av J. R. R."),
    ],
)
def test_a_cataloguers_marks_are_not_heard(catalogued, cleaned):
    assert clean(catalogued) == cleaned


@pytest.mark.parametrize(
    ("title", "calm"),
    [
        ("RÖDA RUMMET", "Röda rummet"),
        ("KARL XII OCH HANS TID", "Karl XII och hans tid"),
        ("IRIS", "IRIS"),
        ("The BBC", "The BBC"),
    ],
)
def test_a_title_that_shouts_is_calmed_and_an_abbreviation_is_not(title, calm):
    assert in_sentence_case(title) == calm
