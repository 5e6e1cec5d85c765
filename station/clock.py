"""The machine's own time: the one place of the station that reads a clock."""

import subprocess
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from circulation.instants import Instant

BUILD_MS = 1_790_000_000_000
"""No fact can be older than this program (September 2026); a wall clock before it is wrong."""

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SYNC_CHECK_MS = 60_000
LEAVE_MS_MAX = 7 * 86_400_000
"""No leave to lend is given for longer: what the hub has just given tells about when it is."""
LEAVE_FRESH_MS = 2 * 3_600_000
JUMP_MS = 2_000
"""Wall time that went on by so much more or less than time since boot has been set."""


class Hands(Protocol):
    """What a clock is read off."""

    boot: str
    """Names this boot: monotonic times of two boots cannot be compared."""

    def mono_ms(self) -> int:
        """Return milliseconds since boot; never goes back."""
        ...

    def wall_ms(self) -> int:
        """Return UTC milliseconds as the machine believes; may be anything."""
        ...

    def synchronised(self) -> bool:
        """Return whether a time service vouches for the wall time."""
        ...


class MachineHands:
    """The hands of the machine that this runs on."""

    def __init__(self) -> None:
        """Read which boot this is."""
        self.boot = BOOT_ID.read_text(encoding="ascii").strip() if BOOT_ID.exists() else "unknown"

    def mono_ms(self) -> int:
        """Return milliseconds since boot; never goes back."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def wall_ms(self) -> int:
        """Return UTC milliseconds as the machine believes."""
        return time.time_ns() // 1_000_000

    def synchronised(self) -> bool:
        """Return whether a time service disciplines the clock."""
        return _kernel_says_synchronised()


class Clock:
    """Wall time with a floor and a trust flag, and milliseconds since boot.

    The floor rises with every millisecond since boot: where nobody knows the time, it still passes.
    """

    def __init__(self, zone: str, floor_ms: int = BUILD_MS, hands: Hands | None = None) -> None:
        """Tell time in *zone*; nothing earlier than *floor_ms* is believed."""
        self.zone = ZoneInfo(zone)
        self._hands = hands or MachineHands()
        self._known_ms = max(floor_ms, BUILD_MS)
        self._known_at_ms = self._hands.mono_ms()
        self._synced = False
        self._checked_ms: int | None = None
        self._wall_at_boot_ms = 0
        self._leave: tuple[int, int] | None = None

    @property
    def boot(self) -> str:
        """The name of this boot."""
        return self._hands.boot

    def mono_ms(self) -> int:
        """Return milliseconds since boot; never goes back."""
        return self._hands.mono_ms()

    def floor_ms(self) -> int:
        """Return the time, UTC milliseconds, that it is now at the very least."""
        return self._known_ms + self.mono_ms() - self._known_at_ms

    def now(self) -> Instant:
        """Return this instant, never before the floor."""
        wall_ms, mono_ms = self._hands.wall_ms(), self.mono_ms()
        synced = self._synchronised(wall_ms)
        # Two clocks are never quite of one pace: trust is measured against what was known.
        trusted = synced and (wall_ms >= self._known_ms or self._floor_is_wrong(wall_ms))
        if trusted:
            # A clock that nobody vouches for may be years ahead: the floor would keep it there.
            self._known_ms, self._known_at_ms = wall_ms, mono_ms
        wall_ms = max(wall_ms, self.floor_ms())
        return Instant(wall_ms=wall_ms, mono_ms=mono_ms, boot=self.boot, trusted=trusted)

    def for_certificates(self) -> Instant:
        """Return the instant to judge a certificate by: the time service's word, whatever was.

        A floor that a time service once raised by mistake would else keep every line out, and
        with it the hub's word, by which it is found wrong.
        """
        wall_ms = self._hands.wall_ms()
        if not self._synchronised(wall_ms):
            return self.now()
        return Instant(wall_ms=wall_ms, mono_ms=self.mono_ms(), boot=self.boot, trusted=True)

    def hears_leave(self, until_ms: int) -> None:
        """Note that the hub has just given leave to lend until *until_ms*, UTC milliseconds."""
        self._leave = (until_ms, self.mono_ms())

    def _floor_is_wrong(self, wall_ms: int) -> bool:
        """Return whether hub and time service both say that it is earlier, and both about when.

        See docs/decisions/0023: by the floor the leave that was given just now would be over.
        """
        if self._leave is None or self.mono_ms() - self._leave[1] > LEAVE_FRESH_MS:
            return False
        until_ms, _ = self._leave
        return until_ms - LEAVE_MS_MAX <= wall_ms <= until_ms < self.floor_ms()

    def local(self) -> datetime:
        """Return the local date and time."""
        return datetime.fromtimestamp(self.now().wall_ms / 1000, UTC).astimezone(self.zone)

    def today(self) -> date:
        """Return the local date."""
        return self.local().date()

    def _synchronised(self, wall_ms: int) -> bool:
        mono_ms = self.mono_ms()
        jumped = abs(wall_ms - mono_ms - self._wall_at_boot_ms) > JUMP_MS
        if jumped or self._checked_ms is None or mono_ms - self._checked_ms > SYNC_CHECK_MS:
            self._checked_ms = mono_ms
            self._wall_at_boot_ms = wall_ms - mono_ms
            self._synced = self._hands.synchronised()
        return self._synced


def _kernel_says_synchronised() -> bool:
    """Return whether a time service disciplines the clock, or none is there to say otherwise.

    On a station the playbook installs chrony; a desktop or container without systemd's
    word for it keeps its host's clock, which is believed.
    """
    try:
        answer = subprocess.run(
            ["timedatectl", "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=2,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return True
    return answer.stdout.strip() != "no"
