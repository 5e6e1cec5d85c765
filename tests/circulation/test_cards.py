"""A stolen shelf names no card."""

from circulation.cards import token
from circulation.identifiers import CardNumber


def test_a_token_is_the_same_for_one_key_and_different_for_another():
    card = CardNumber("20000001")

    assert token(card, b"k" * 32) == token(card, b"k" * 32)
    assert token(card, b"k" * 32) != token(card, b"l" * 32)
    assert "20000001" not in token(card, b"k" * 32)
