"""Five short sounds, told apart by contour and by rhythm; each is followed by words."""

from functools import cache

import numpy as np

from speech.engine import RATE_HZ

EARCON_MS_MAX = 200
PEAK = 0.35
"""Of full scale: no louder than speech."""
FADE_MS = 5

_REST = 0
SCORES: dict[str, tuple[tuple[int, int], ...]] = {
    # (Hz, ms): one tone up, two up, two down with a gap, a tick, three down.
    "found": ((660, 50), (880, 50)),
    "done": ((523, 50), (659, 50), (784, 90)),
    "problem": ((330, 70), (_REST, 40), (247, 90)),
    "digit": ((1046, 40),),
    "end": ((784, 40), (_REST, 20), (659, 40), (_REST, 20), (523, 40)),
}


@cache
def earcon(name: str) -> bytes:
    """Return the sound called *name* as PCM at `RATE_HZ`."""
    assert name in SCORES, f"no earcon is called {name}"
    return b"".join(_tone(hz, ms) for hz, ms in SCORES[name])


def _tone(hz: int, ms: int) -> bytes:
    count = RATE_HZ * ms // 1000
    wave = np.sin(2 * np.pi * hz * np.arange(count) / RATE_HZ) * PEAK
    # Faded at both ends: a tone that starts at full height begins with a click.
    fade = np.minimum(1, np.arange(count) / (RATE_HZ * FADE_MS / 1000))
    return np.asarray(wave * fade * fade[::-1] * 32767).astype(np.int16).tobytes()
