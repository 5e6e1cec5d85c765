"""A scanner's records, as the kernel writes them."""

from station.scanner.device import RECORD
from station.scanner.keys import _PLAIN, _SHIFTED, EV_KEY

ENTER, SHIFT = 28, 42
EV_SYN, EV_MSC = 0, 4
_CODES = {key: (code, False) for code, key in reversed(_PLAIN.items()) if code < 58}
_CODES |= {key: (code, True) for code, key in _SHIFTED.items() if key not in _CODES}


def typed(text: str, *, at_ms: int = 1_000, step_ms: int = 4, end: int | None = ENTER) -> bytes:
    """Return the records of *text* typed from *at_ms* on, and of the key *end*."""
    records: list[tuple[int, int, int]] = []
    for letter in text:
        code, shifted = _CODES[letter]
        shift = [(EV_KEY, SHIFT, 1)] if shifted else []
        released = [(EV_KEY, SHIFT, 0)] if shifted else []
        records += [*shift, (EV_MSC, 4, code), (EV_KEY, code, 1), (EV_SYN, 0, 0)]
        records += [(EV_KEY, code, 0), (EV_SYN, 0, 0), *released]
    if end is not None:
        records += [(EV_KEY, end, 1), (EV_SYN, 0, 0), (EV_KEY, end, 0), (EV_SYN, 0, 0)]
    body = b""
    for number, (type_, code, value) in enumerate(records):
        now = at_ms + number * step_ms // 4
        body += RECORD.pack(now // 1000, now % 1000 * 1000, type_, code, value)
    return body
