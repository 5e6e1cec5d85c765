"""Key codes to text, as a scanner types it: on a US keyboard, whatever the system's layout is."""

TEXT_LETTERS_MAX = 128
GAP_MS = 300
"""A scanner types a whole number within this; what comes later is the next."""

DOWN, UP = 1, 0
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
ENTERS = frozenset({28, 96, 15})
"""Enter, Enter of the number pad, Tab."""
SHIFTS = frozenset({42, 54})
_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
)
_PAD = {71: "7", 72: "8", 73: "9", 74: "-", 75: "4", 76: "5", 77: "6", 78: "+", 79: "1", 80: "2",
        81: "3", 82: "0", 83: ".", 55: "*", 98: "/"}  # fmt: skip
_PLAIN = {first + at: key for first, plain, _ in _ROWS for at, key in enumerate(plain)} | _PAD
_SHIFTED = {first + at: key for first, _, shifted in _ROWS for at, key in enumerate(shifted)}


class KeyText:
    """Collects what is typed until Enter, Tab, or a pause."""

    def __init__(self) -> None:
        """Begin with nothing typed."""
        self._typed: list[str] = []
        self._shifts: set[int] = set()
        self._last_ms = 0
        self._spoilt = False
        self.discarded = 0
        """How many texts were too long to be anything, or lacked keys."""

    def key(self, code: int, value: int, at_ms: int) -> list[str]:
        """Return the texts that are complete now that key *code* went down or up at *at_ms*."""
        if code in SHIFTS:
            (self._shifts.discard if value == UP else self._shifts.add)(code)
            return []
        if value != DOWN:
            return []
        done = self.pause(at_ms)
        self._last_ms = at_ms
        if code in ENTERS:
            return [*done, *self._complete()]
        typed = (_SHIFTED if self._shifts else _PLAIN).get(code) or _PLAIN.get(code)
        if typed is not None:
            self._take(typed)
        return done

    def lost(self) -> None:
        """Believe nothing of what is being typed: the kernel has dropped keys (SYN_DROPPED)."""
        self._shifts.clear()
        self._spoilt = True

    def pause(self, now_ms: int) -> list[str]:
        """Return what is complete because nothing more was typed until *now_ms*."""
        if now_ms - self._last_ms < GAP_MS:
            return []
        return self._complete()

    def _take(self, typed: str) -> None:
        if len(self._typed) < TEXT_LETTERS_MAX:
            self._typed.append(typed)
        else:
            self._spoilt = True

    def _complete(self) -> list[str]:
        text, self._typed = "".join(self._typed), []
        if self._spoilt:
            self._spoilt = False
            self.discarded += 1
            return []
        return [text] if text else []
