"""What the one active ISO 14443A tag holds: how each kind is read and written."""

from circulation.tags.image import Air, TagImage
from station.errors import TagRefusedError
from station.readers import type2
from station.readers.classic import BLOCK_BYTES, ClassicTag, data_blocks
from station.readers.exchange import Crypto1, Exchange
from station.readers.iso14443a import Selected, halt
from station.readers.tag_keys import TagKeys
from station.readers.type2 import PAGE_BYTES, USER_PAGE

SAK_TYPE2, SAK_CLASSIC, SAK_ISO14443_4 = 0x00, 0x08, 0x20
RANDOM_UID_BYTES, RANDOM_UID_HEAD = 4, 0x08
RANDOM_UID = "08000000"
"""What every random UID is called: it is another in each field, and nobody's."""
QUESTIONS_MAX = 3
"""How often a tag may leave the same question unanswered before that is the answer."""


class Update:
    """What is to be written on one tag, and what its refusals have taught so far."""

    def __init__(self, offset: int, data: bytes) -> None:
        """Bring *data* to *offset* of the user's memory."""
        self.offset = offset
        self.data = data
        self.room: int | None = None
        self.plain = False
        self.protected: bool | None = None
        self.questions = 0
        self.silences = 0
        self.passwords = 0

    @property
    def last_page(self) -> int:
        """Return the last page that is written, on a tag that has pages."""
        return USER_PAGE + (self.offset + len(self.data)) // PAGE_BYTES - 1

    def differing(self, held: bytes, block_bytes: int) -> list[tuple[int, bytes]]:
        """Return which blocks of *held* are not as they should be, and how they should be."""
        starts = range(0, len(self.data), block_bytes)
        wanted = [(at, self.data[at : at + block_bytes]) for at in starts]
        return [(at // block_bytes, new) for at, new in wanted if held[at:][:block_bytes] != new]


class TagMemory:
    """Reads and writes whichever tag is active."""

    def __init__(self, air: Exchange, crypto: Crypto1 | None, keys: TagKeys) -> None:
        """Speak over *air*; open with *keys* what *crypto* can open."""
        self._air = air
        self._crypto = crypto if keys.sectors else None
        self._keys = keys

    def readable(self, tag: Selected) -> bool:
        """Return whether asking for *tag*'s memory can be answered."""
        if is_identity_only(tag):
            return False
        return tag.sak == SAK_TYPE2 or bool(tag.sak & SAK_CLASSIC and self._crypto)

    def image(self, tag: Selected, *, plainly: bool) -> TagImage | None:
        """Return what the active *tag* holds, None where it could not be read this time."""
        if tag.sak & SAK_CLASSIC:
            memory = self._classic(tag).read(0, len(data_blocks(self._keys)))
        else:
            memory = type2.memory(self._air, plainly=plainly)
        if memory is None:
            return None
        block_bytes = BLOCK_BYTES if tag.sak & SAK_CLASSIC else PAGE_BYTES
        uid = tag.uid.hex()
        return TagImage(uid=uid, air=Air.ISO14443A, memory=memory, block_bytes=block_bytes)

    def bring(self, tag: Selected, update: Update) -> bool:
        """Return whether the active *tag* now holds *update*; `TagRefusedError` if it never will.

        Only what differs is written, so that trying again costs what is still missing.
        """
        if not self.readable(tag):
            raise TagRefusedError("the tag is an identity only, or no key for it is known")
        block_bytes = BLOCK_BYTES if tag.sak & SAK_CLASSIC else PAGE_BYTES
        assert not update.offset % block_bytes, "written from the middle of a block"
        assert not len(update.data) % block_bytes, "written to the middle of a block"
        if tag.sak & SAK_CLASSIC:
            return self._bring_classic(tag, update)
        return self._bring_type2(update)

    def release(self) -> None:
        """Put the active tag to sleep, and speak in clear again."""
        try:
            halt(self._air)
        finally:
            self.close()

    def close(self) -> None:
        """Speak in clear again."""
        if self._crypto is not None:
            self._crypto.close_sector()

    # --- MIFARE Classic ------------------------------------------------------------------

    def _classic(self, tag: Selected) -> ClassicTag:
        assert self._crypto is not None, "a Classic that cannot be opened was asked"
        return ClassicTag(self._air, self._crypto, self._keys, tag.uid)

    def _bring_classic(self, tag: Selected, update: Update) -> bool:
        classic = self._classic(tag)
        _must_fit(update, len(classic.blocks) * BLOCK_BYTES)
        first, count = update.offset // BLOCK_BYTES, len(update.data) // BLOCK_BYTES
        held = classic.read(first, count)
        if held is None:
            return False
        differing = update.differing(held, BLOCK_BYTES)
        if not all(classic.write(first + at, new) for at, new in differing):
            return False
        return not differing or classic.read(first, count) == update.data

    # --- Type 2 --------------------------------------------------------------------------

    def _bring_type2(self, update: Update) -> bool:
        if not self._room_known(update) or not self._unlocked(update):
            return False
        read_pages = type2.read if update.plain else type2.read_fast
        first = USER_PAGE + update.offset // PAGE_BYTES
        held = read_pages(self._air, first, update.last_page)
        if held is None:
            return False
        differing = update.differing(held, PAGE_BYTES)
        if not all(type2.write_page(self._air, first + at, new) for at, new in differing):
            return False
        return not differing or read_pages(self._air, first, update.last_page) == update.data

    def _room_known(self, update: Update) -> bool:
        """Learn how much the tag holds; one that never says is the oldest and smallest."""
        if update.room is None and update.questions < QUESTIONS_MAX:
            update.questions += 1
            update.room = type2.user_bytes(self._air)
        elif update.room is None:
            update.room, update.plain = type2.USER_BYTES_MIN, True
        if update.room is not None:
            _must_fit(update, update.room)
        return update.room is not None

    def _unlocked(self, update: Update) -> bool:
        """Return whether nothing, or nothing any more, keeps the tag from being written."""
        if self._keys.ntag is None or update.plain:
            return True
        if update.protected is None:
            self._learn_lock(update)
            return update.protected is False
        return not update.protected or self._unlock(update, self._keys.ntag)

    def _learn_lock(self, update: Update) -> None:
        """Learn whether the tag asks for a password; one that will not even say so does."""
        assert update.room is not None, "asked for its lock before its size"
        first = type2.first_protected(self._air, update.room)
        update.silences += first is None
        if first is not None or update.silences == QUESTIONS_MAX:
            update.protected = first is None or first <= update.last_page

    def _unlock(self, update: Update, password: bytes) -> bool:
        if update.passwords == QUESTIONS_MAX:
            # A tag may count wrong passwords and close for ever (AUTHLIM, 8.8.2).
            raise TagRefusedError("the tag does not answer this branch's password")
        update.passwords += 1
        taken = type2.unlock(self._air, password)
        if taken is False:
            raise TagRefusedError("the tag is locked with another password than this branch's")
        if taken:
            update.passwords = 0
        return bool(taken)


def is_identity_only(tag: Selected) -> bool:
    """Return whether *tag* is one whose UID is all that is ever asked of it.

    ISO 14443-4 is spoken by bank cards, travel cards and telephones (SAK bit 6: ISO 14443-3,
    6.5.3.4); a random UID (08 and three bytes: ISO 14443-3, 6.5.4) by those that hide theirs.
    """
    return bool(tag.sak & SAK_ISO14443_4) or is_random(tag)


def is_random(tag: Selected) -> bool:
    """Return whether the UID of *tag* is another each time."""
    return len(tag.uid) == RANDOM_UID_BYTES and tag.uid[0] == RANDOM_UID_HEAD


def _must_fit(update: Update, room: int) -> None:
    end = update.offset + len(update.data)
    if end > room:
        raise TagRefusedError(f"the tag holds {room} bytes; {end} are too many")
