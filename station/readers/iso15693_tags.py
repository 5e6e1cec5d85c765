"""Which ISO 15693 tags lie in a field, and what each has in memory; the chip does not matter."""

from collections.abc import Callable

from circulation.tags.image import Air, TagImage
from station.errors import TagGoneError, TagRefusedError
from station.readers.iso15693 import LOCKED, AddressedTag, SystemInformation, VicinityExchange
from station.readers.iso15693_gate import Gate
from station.readers.iso15693_inventory import Heard, call_all, heard, search
from station.readers.port import FoundTag
from station.readers.tag_keys import NO_KEYS, TagKeys

ROUNDS_MAX = 16
"""Calls to all in one poll; each but the last finds somebody, or fails."""
SILENCES_MAX = 3
"""Calls without an answer before nobody is there, where somebody was."""
FAILURES_MAX = 6
"""Searches in a row that find nobody, though something answers: metal."""
READ_TRIES = 4
WRITE_TRIES = 8
MEMORY_BYTES_MAX = 512


class _Lying:
    """One tag while it lies in the field."""

    def __init__(self, tag: Heard) -> None:
        self.tag = tag
        self.image: TagImage | None = None
        self.tries = 0


class Iso15693Tags:
    """Tells the tags of one field apart, and reads each when it is new."""

    def __init__(
        self, air: VicinityExchange, *, cycle_field: Callable[[], None], keys: TagKeys = NO_KEYS
    ) -> None:
        """Ask over *air*; *cycle_field* takes the power from the field and gives it back.

        A tag whose alarm asks for a password is shown the one of *keys*.
        """
        self._air = air
        self._cycle_field = cycle_field
        self._keys = keys
        self._lying: dict[bytes, _Lying] = {}

    def poll(self) -> list[FoundTag]:
        """Return the tags that lie there now, in a field that has just begun, in UIDs' order."""
        before, self._lying = self._lying, {}
        for uid, tag in sorted(self._everyone(before).items()):
            lying = self._lying[uid] = before.get(uid) or _Lying(tag)
            if lying.image is None and lying.tries < READ_TRIES:
                lying.tries += 1
                lying.image = self._image(tag)
        return [FoundTag(uid.hex(), lying.image) for uid, lying in self._lying.items()]

    def write(self, uid: str, offset: int, data: bytes) -> None:
        """Write *data* at *offset* of the tag *uid*'s memory and read it back, as `TagWriter`."""
        tag = self._named(uid)
        reached = False
        for _ in range(WRITE_TRIES):
            information = tag.information()
            reached = information is not None
            if information is None:
                self._cycle_field()
            elif _brought(tag, information, offset, data):
                return
        if not reached:
            raise TagGoneError("the tag does not lie there any more")
        raise TagRefusedError("the tag lies there and does not take what is written; is it locked?")

    def write_dsfid(self, uid: str, dsfid: int) -> None:
        """Set the data format of the tag *uid*, read back; raise as `write` does."""
        tag = self._named(uid)
        reached = False
        for _ in range(WRITE_TRIES):
            information = tag.information()
            reached = information is not None
            if information is not None and information.dsfid == dsfid:
                return
            tag.write_dsfid(dsfid)
        if not reached:
            raise TagGoneError("the tag does not lie there any more")
        raise TagRefusedError("the tag lies there and keeps its data format")

    def switch_gate(self, uid: str, *, afi: int, armed: bool) -> bool:
        """Set AFI, and EAS where the tag *uid* has it, as `TagWriter`."""
        gate = Gate(self._named(uid), cycle_field=self._cycle_field, password=self._keys.icode)
        return gate.switch(afi=afi, armed=armed)

    def is_armed(self, uid: str) -> bool:
        """Return whether EAS of the tag *uid* is set, as `TagWriter`."""
        tag = AddressedTag(self._air, bytes.fromhex(uid))
        return Gate(tag, cycle_field=self._cycle_field, password=self._keys.icode).is_set()

    def _named(self, uid: str) -> AddressedTag:
        # Whatever comes of it, the next poll asks the tag itself.
        self._lying.pop(bytes.fromhex(uid), None)
        return AddressedTag(self._air, bytes.fromhex(uid))

    # --- finding -------------------------------------------------------------------------

    def _everyone(self, before: dict[bytes, _Lying]) -> dict[bytes, Heard]:
        """Return each tag by UID: whoever answers is told apart and made quiet, and again."""
        found: dict[bytes, Heard] = {}
        silences = failures = 0
        for _ in range(ROUNDS_MAX):
            echo = call_all(self._air)
            if echo is None:
                silences += 1
                if found.keys() >= before.keys() or silences == SILENCES_MAX:
                    break
                continue
            tag = heard(echo)
            tags = [tag] if tag else search(self._air)
            for tag in tags:
                found[tag.uid] = tag
                # A strong tag may drown a weak one, which is heard once the strong is quiet.
                AddressedTag(self._air, tag.uid).stay_quiet()
            failures = 0 if tags else failures + 1
            if failures == FAILURES_MAX:
                break
        return found

    def _image(self, heard_tag: Heard) -> TagImage | None:
        tag = AddressedTag(self._air, heard_tag.uid)
        information = tag.information()
        if information is None:
            return None
        block_bytes = information.block_bytes
        count = min(information.blocks or 256, MEMORY_BYTES_MAX // block_bytes)
        memory = tag.read(0, count, block_bytes)
        if not memory:
            return None
        return TagImage(
            uid=heard_tag.uid.hex(),
            air=Air.ISO15693,
            memory=memory,
            whole=len(memory) == (information.blocks or 0) * block_bytes,
            block_bytes=block_bytes,
            afi=information.afi,
            dsfid=heard_tag.dsfid if information.dsfid is None else information.dsfid,
        )


def _brought(tag: AddressedTag, information: SystemInformation, offset: int, data: bytes) -> bool:
    """Return whether *tag* now holds *data*; only what differs is written."""
    size = information.block_bytes
    if offset % size or len(data) % size:
        raise TagRefusedError(f"the tag has blocks of {size} bytes; what is written is in others")
    first, count = offset // size, len(data) // size
    if information.blocks is not None and first + count > information.blocks:
        room = information.blocks * size
        raise TagRefusedError(f"the tag holds {room} bytes; {offset + len(data)} are too many")
    held = tag.read(first, count, size)
    if held is None:
        return False
    for at in range(count):
        new = data[at * size : (at + 1) * size]
        if held[at * size : (at + 1) * size] == new:
            continue
        reply = tag.write_block(first + at, new)
        if reply is not None and reply.error == LOCKED:
            raise TagRefusedError(f"block {first + at} of the tag is locked")
    return held == data or tag.read(first, count, size) == data
