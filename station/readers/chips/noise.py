"""What the air does to frames: bits that flip on their way, and metal that answers everything."""

import random

from station.readers.chips.frames import Bits

ECHO_BITS = (4, 80)


class Noise:
    """Flips bits in a share of the frames, in both directions, as *seed* has it.

    A chip that also checks each byte's parity would see more of it than this one does.
    """

    def __init__(self, rate: float, *, seed: int, bits_max: int = 3) -> None:
        """Damage one frame in 1/*rate* in one to *bits_max* bits."""
        self.damaged = 0
        self._rate = rate
        self._bits_max = bits_max
        self._chance = random.Random(seed)  # noqa: S311 -- misfortune, no secret

    def strikes(self) -> bool:
        """Return whether this frame is one of the damaged."""
        struck = self._chance.random() < self._rate
        self.damaged += struck
        return struck

    def spoil(self, frame: Bits) -> Bits:
        """Return *frame* as it arrives."""
        if not self.strikes():
            return frame
        flips = min(self._chance.randint(1, self._bits_max), frame.length)
        value = frame.value
        for bit in self._chance.sample(range(frame.length), flips):
            value ^= 1 << bit
        return Bits(value, frame.length)


class Metal:
    """Something that answers every frame with noise, all of it colliding."""

    def __init__(self, *, seed: int) -> None:
        """Answer as *seed* has it."""
        self._chance = random.Random(seed)  # noqa: S311 -- misfortune, no secret

    def echoes(self) -> list[Bits]:
        """Return two answers at once, of no meaning."""
        length = self._chance.randint(*ECHO_BITS)
        return [Bits(self._chance.getrandbits(length), length) for _ in range(2)]
