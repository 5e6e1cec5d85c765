"""The air above an antenna: which virtual tags lie there, and how their answers mix."""

import threading

from station.readers.chips.frames import Bits
from station.readers.chips.noise import Metal
from station.readers.chips.virtual_tags import VirtualTag
from station.readers.chips.virtual_vicinity import Icode


class Field:
    """Holds tags; a person puts and takes them on one thread while a chip asks on another."""

    def __init__(self) -> None:
        """Begin with nothing in the field."""
        self._lock = threading.Lock()
        self._tags: tuple[VirtualTag, ...] = ()
        self.metal: Metal | None = None
        """A laptop or a tin lies on the antenna: whatever is asked, noise comes back."""

    @property
    def tags(self) -> tuple[VirtualTag, ...]:
        """Return what lies here now."""
        return self._tags

    def put(self, tag: VirtualTag) -> None:
        """Lay *tag* here; one UID can lie here only once."""
        with self._lock:
            assert tag.uid not in {other.uid for other in self._tags}, "the tag lies there already"
            tag.lose_power()
            self._tags = (*self._tags, tag)

    def take(self, uid: bytes) -> VirtualTag | None:
        """Return the tag *uid* having taken it away, None where it does not lie here."""
        with self._lock:
            tag = next((tag for tag in self._tags if tag.uid == uid), None)
            self._tags = tuple(other for other in self._tags if other is not tag)
        return tag

    def lose_power(self) -> None:
        """Let every tag forget its state: the antenna is off."""
        for tag in self._tags:
            tag.lose_power()

    def answers(self, frame: Bits, *, ciphered: bool = False) -> list[Bits]:
        """Return what each tag that answers *frame* sends, all at once."""
        heard = (tag.answer(frame, ciphered=ciphered) for tag in self._tags)
        answers = [answer for answer in heard if answer is not None]
        return answers + self.metal.echoes() if self.metal else answers

    def echoes(self, frame: Bits) -> list[Bits]:
        """Return what each ISO 15693 tag sends on *frame*, an empty one being an end of frame."""
        asked = frame.to_bytes()
        heard = (tag.hear(asked) for tag in self._tags if isinstance(tag, Icode))
        answers = [Bits.of(answer) for answer in heard if answer is not None]
        return answers + self.metal.echoes() if self.metal else answers


def mix(answers: list[Bits]) -> tuple[Bits, int | None]:
    """Return *answers* as one antenna hears them, and the first bit where two differ.

    Bits after the collision read as ones where any tag sent one.
    """
    longest = max(answer.length for answer in answers)
    ones = zeros = 0
    for answer in answers:
        ones |= answer.value
        zeros |= ~answer.value & ((1 << answer.length) - 1)
    differ = ones & zeros
    first = (differ & -differ).bit_length() - 1 if differ else None
    return Bits(ones, longest), first
