"""What letters are called, where one is said by itself."""

from circulation.phrases.numbers import Ui

_SWEDISH_LETTERS = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖ",
        [
            "a",
            "be",
            "se",
            "de",
            "e",
            "eff",
            "ge",
            "hå",
            "i",
            "ji",
            "kå",
            "ell",
            "emm",
            "enn",
            "o",
            "pe",
            "ku",
            "ärr",
            "ess",
            "te",
            "u",
            "ve",
            "dubbelve",
            "eks",
            "y",
            "säta",
            "å",
            "ä",
            "ö",
        ],
        strict=True,
    )
)


def letter(sign: str, ui: Ui) -> str:
    """Return the name of the great letter *sign*; English voices know their own."""
    return _SWEDISH_LETTERS.get(sign, sign) if ui == "sv" else sign
