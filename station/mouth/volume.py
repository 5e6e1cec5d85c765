"""How loud a station speaks: steps that a visitor can count, reset after each visit."""

STEP_DB = 3
LOWEST_DB = -24
STEPS: tuple[int, ...] = (*range(LOWEST_DB, 1, STEP_DB),)
"""Gains in dB: a range of 24, with a step 12 above the lowest (EN 301 549, 8.2.1)."""
DEFAULT_STEP = STEPS.index(LOWEST_DB + 12)
"""Safe for ears that put the headphones on before they know."""
SPEAKER_DBA = 65
"""What a loudspeaker must reach at full volume, and may not pass after a visit (5.1.3.12, .13)."""
SPEAKER_DBA_MAX = SPEAKER_DBA - LOWEST_DB
"""A louder one has no step that is soft enough."""


class Volume:
    """The step in force."""

    def __init__(self, speaker_dba: float | None = None) -> None:
        """Begin at the step that each visit begins with.

        *speaker_dba* is what was measured of the loudspeaker at full volume; None: there is none.
        """
        self._usual = DEFAULT_STEP if speaker_dba is None else _discreet(speaker_dba)
        self.step = self._usual

    @property
    def gain_db(self) -> int:
        """What to add to the sound."""
        return STEPS[self.step]

    def change(self, steps: int) -> bool:
        """Go *steps* up or down, 0 to the usual; return whether there was so far to go."""
        wanted = self.step + steps if steps else self._usual
        self.step = min(max(wanted, 0), len(STEPS) - 1)
        return self.step == wanted


def _discreet(speaker_dba: float) -> int:
    """Return the loudest step, not above the default, at which the loudspeaker keeps its bound."""
    assert SPEAKER_DBA <= speaker_dba <= SPEAKER_DBA_MAX, "a loudspeaker that cannot be used"
    soft = [step for step, gain in enumerate(STEPS) if speaker_dba + gain <= SPEAKER_DBA]
    return min(DEFAULT_STEP, max(soft))
