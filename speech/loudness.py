"""How loud a voice is by EBU R 128, and what brings every voice to the same level."""

import numpy as np

from speech.engine import Cut, Engine

TARGET_LUFS = -23.0
"""EBU R 128's programme loudness; it leaves every voice room below full scale."""

CALIBRATION = {
    "sv": "Vägen hem genom skogen var längre än hon mindes. Av en okänd författare. Talbok. "
    "Den är utlånad till andra veckan i mars, och tre personer väntar på den.",
    "en": "The way home through the woods was longer than she recalled. By nobody. Talking book. "
    "It is on loan until the second week of March, and three people are waiting for it.",
    "fi": "Kotimatka metsän halki oli pidempi kuin hän muisti. Tuntematon kirjoittaja. Äänikirja. "
    "Se on lainassa maaliskuun toiseen viikkoon, ja kolme ihmistä odottaa sitä.",
    "nb": "Veien hjem gjennom skogen var lengre enn hun husket. En ukjent forfatter. Lydbok. "
    "Den er utlånt til andre uke i mars, og tre personer venter på den.",
    "da": "Vejen hjem gennem skoven var længere end hun huskede. En ukendt forfatter. Lydbog. "
    "Den er udlånt til anden uge i marts, og tre personer venter på den.",
    "ar": "كان الطريق إلى البيت عبر الغابة أطول مما تذكرت. كاتب مجهول. كتاب مسموع. "
    "الكتاب معار حتى الأسبوع الثاني من شهر مارس، وثلاثة أشخاص ينتظرونه.",
    "smj": "Guhkes geaidnu ruoktot vuovde tjadá. Amás tjálle. Jiednagirjje. "
    "Girjje le luojkkaduvvam gietjav vahkkuj, ja gålmmå ulmutja vuorddi.",
}
"""What a voice is measured on, by language; any other on the Swedish words."""


def gain_db(lufs: float) -> float:
    """Return what brings a voice of *lufs* to the level of all others."""
    return TARGET_LUFS - lufs


def measured(pcm: bytes, rate_hz: int) -> float:
    """Return the integrated loudness of 16-bit mono *pcm* of at least 0.4 s in LUFS."""
    # Imported here: only whoever renders or calibrates has it.
    import pyloudnorm  # noqa: PLC0415

    samples = np.frombuffer(pcm, np.int16) / 32768
    return float(pyloudnorm.Meter(rate_hz).integrated_loudness(samples))


def of_voice(engine: Engine, language: str, wpm: int) -> float:
    """Return how loud *engine* speaks *language* by itself, in LUFS."""
    words = CALIBRATION.get(language, CALIBRATION["sv"])
    return measured(b"".join(engine.speak(words, language, wpm, Cut())), engine.rate_hz)
