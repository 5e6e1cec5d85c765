from hub.catalogue.patrons import name_of


def test_a_librarian_finds_who_a_card_belongs_to(engine):
    assert name_of(engine, "K-ANNA-OLD") == "Anna Exempel"
    assert name_of(engine, "K-NOBODY") is None
