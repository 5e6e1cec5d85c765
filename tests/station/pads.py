"""The simplest whole pad that writes: tags with an alarm that outlive any power cut."""

from circulation.tags.content import Usage
from circulation.tags.image import Air, TagImage
from circulation.tags.iso28560_3 import encode_basic
from station.errors import ReaderUnavailableError, TagGoneError, TagRefusedError
from station.readers.port import FoundTag

ARMED, RELEASED = 0x07, 0xC2
SLIX_BYTES = 112


class BookTag:
    """A book's ISO 15693 tag with its AFI."""

    def __init__(self, uid: str, number: str, afi: int = ARMED) -> None:
        self.uid = uid
        self.afi = afi
        self.eas = afi == ARMED
        self.locked = False
        basic = encode_basic(number, usage=Usage.CIRCULATING, owner="SE-Vi")
        self.memory = basic.ljust(SLIX_BYTES, b"\0")

    def image(self) -> TagImage:
        return TagImage(
            uid=self.uid,
            air=Air.ISO15693,
            memory=self.memory,
            whole=True,
            afi=self.afi,
            dsfid=0x3E,
        )


class Pad:
    """Where tags lie; *gone_for* polls a switching finds that the tag was lifted."""

    def __init__(self, *tags: BookTag) -> None:
        self.tags = {tag.uid: tag for tag in tags}
        self.gone_for = 0
        self.unplugged = False
        self.memory_locked = False
        self.switched: list[str] = []

    def poll(self) -> list[FoundTag]:
        if self.unplugged:
            raise ReaderUnavailableError("SPI bus 0, device 1: no PN5180 answers")
        return [FoundTag(uid, tag.image()) for uid, tag in sorted(self.tags.items())]

    def write(self, uid: str, offset: int, data: bytes) -> None:
        tag = self._there(uid)
        if self.memory_locked:
            raise TagRefusedError("locked")
        tag.memory = tag.memory[:offset] + data + tag.memory[offset + len(data) :]

    def switch_gate(self, uid: str, *, afi: int, armed: bool) -> bool:
        if self.gone_for:
            self.gone_for -= 1
            raise TagGoneError("lifted")
        tag = self._there(uid)
        if tag.locked:
            raise TagRefusedError("locked")
        tag.afi, tag.eas = afi, armed
        self.switched.append(uid)
        return True

    def is_armed(self, uid: str) -> bool:
        return self._there(uid).eas

    def write_dsfid(self, uid: str, dsfid: int) -> bool:
        self._there(uid)
        return False

    def close(self) -> None:
        pass

    def _there(self, uid: str) -> BookTag:
        if uid not in self.tags:
            raise TagGoneError("lifted")
        return self.tags[uid]
