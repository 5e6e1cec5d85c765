"""How loud a station speaks: steps that a visitor can count, reset after each visit."""

STEP_DB = 3
LOWEST_DB = -24
STEPS: tuple[int, ...] = (*range(LOWEST_DB, 1, STEP_DB),)
"""Gains in dB: a range of 24, with a step 12 above the lowest (EN 301 549, 8.2.1)."""
DEFAULT_STEP = STEPS.index(LOWEST_DB + 12)
"""Safe for ears that put the headphones on before they know."""


class Volume:
    """The step in force."""

    def __init__(self) -> None:
        self.step = DEFAULT_STEP

    @property
    def gain_db(self) -> int:
        """What to add to the sound."""
        return STEPS[self.step]

    def change(self, steps: int) -> bool:
        """Go *steps* up or down, 0 to the default; return whether there was so far to go."""
        wanted = self.step + steps if steps else DEFAULT_STEP
        self.step = min(max(wanted, 0), len(STEPS) - 1)
        return self.step == wanted
