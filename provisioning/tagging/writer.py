"""One tag after the other on a real antenna: awaited, written, read back, and undone."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct, convert, structs

from circulation.errors import MessageError
from circulation.tags.content import TagContent
from circulation.tags.decoding import decode
from circulation.tags.image import TagImage
from provisioning.tagging import programming
from provisioning.tagging.programming import Wish
from station.errors import StationError, TagGoneError, TagRefusedError
from station.readers.port import TagWriter

POLL_SECONDS = 0.1
STILL_POLLS = 3
"""A tag that is to be written has lain still for so many polls."""
ARMED_AFI = 0x07
_REFUSED = {
    programming.CARD: "it is a loan card; add --over {} if you mean it",
    programming.UNKNOWN: "something unknown stands on it; add --over {} if you mean it",
}
_TOO_SOON = "the tag was taken away too soon; lay it there again"
_OWNED = "it belongs to {0}; add --over {0} if you mean it"


class TagError(StationError):
    """A tag that was not written; the message says why, and what to do."""

    def __init__(self, what: str, message: str, *, over: str = "") -> None:
        """Say *message*; *what* names it for a page, *over* what must be named to go on."""
        super().__init__(message)
        self.what = what
        self.over = over


class Undo(Struct, frozen=True):
    """What stood on a tag before it was last written."""

    uid: str
    memory: bytes
    dsfid: int | None = None
    afi: int | None = None
    """None where the tag has no alarm that a write arms."""
    armed: bool = False
    """Whether EAS was set."""


class Writer:
    """Writes what is wished on whatever tag is laid on one antenna."""

    def __init__(
        self, reader: TagWriter, undo: Path, *, say: Callable[[str], None], seconds_max: float
    ) -> None:
        """Keep in *undo* what the last tag said before; wait *seconds_max* for each tag."""
        self._reader = reader
        self._undo = undo
        self._say = say
        self._seconds_max = seconds_max

    def awaited(self) -> tuple[TagImage, TagContent]:
        """Return the one tag that lies there, and what it says; `TagError` where none comes."""
        until = time.monotonic() + self._seconds_max
        still, last, told = 0, "", False
        while time.monotonic() < until:
            found = self._reader.poll()
            if len(found) > 1 and not told:
                told = True
                self._say("There are several tags; leave one.")
            one = found[0] if len(found) == 1 else None
            if one is None or one.image is None:
                still = 0
            else:
                still = still + 1 if one.uid == last else 1
                last = one.uid
                if still >= STILL_POLLS:
                    return one.image, decode(one.image)
            time.sleep(POLL_SECONDS)
        raise TagError("none", "no tag that can be read was laid there")

    def gone(self) -> None:
        """Return when nothing lies there any more."""
        while self._reader.poll():
            time.sleep(POLL_SECONDS)

    def write(self, wish: Wish) -> str:
        """Write *wish* on the tag that is laid there; return its UID.

        `TagError` where it may not be written over, does not hold it, or does not keep it.
        """
        image, before = self.awaited()
        if why := programming.refusal(before, wish):
            raise TagError(
                "refused", f"not written: {_REFUSED.get(why, _OWNED).format(why)}", over=why
            )
        try:
            body = programming.patch(image, wish)
        except MessageError as error:
            raise TagError("misfit", f"not written: {error}") from error
        self._remember(self._as_it_was(image, len(body)))
        self._put(image.uid, body)
        self._name_format(image, programming.DSFIDS[wish.format])
        after = self._read(image.uid)
        if not programming.is_said(after, wish):
            doubt = after.doubts[0] if after.doubts else "it says something else"
            raise TagError(
                "doubtful", f"written, and not as it should be: {doubt}; lay it there again"
            )
        if image.afi is not None:
            self._switch(image.uid, afi=ARMED_AFI, armed=True)
        return image.uid

    def twin(self, wish: Wish) -> Wish:
        """Return *wish* for another tag of the book that is laid there."""
        _, book = self.awaited()
        if not book.number or book.crc_held is False:
            raise TagError("no_book", "the book on the pad has no tag that can be believed")
        return structs.replace(wish, item=book.number, parts=book.parts, part=book.part)

    def undo(self) -> str:
        """Write back what the last tag said before, and its alarm; return its UID.

        `TagError` where any of it is not taken; it can then be undone again.
        """
        kept = self._kept()
        image, _ = self.awaited()
        if image.uid != kept.uid:
            raise TagError("another", f"another tag was written last, the one with UID {kept.uid}")
        self._put(kept.uid, kept.memory)
        self._name_format(image, kept.dsfid)
        if kept.afi is not None:
            self._switch(kept.uid, afi=kept.afi, armed=kept.armed)
        self._undo.unlink()
        return kept.uid

    def _as_it_was(self, image: TagImage, length: int) -> Undo:
        """Return what undoes the writing of *length* bytes on the tag of *image*."""
        stood = image.memory[:length]
        if image.afi is None:
            return Undo(image.uid, stood, image.dsfid)
        try:
            armed = self._reader.is_armed(image.uid)
        except TagGoneError as error:
            raise TagError("gone", _TOO_SOON) from error
        return Undo(image.uid, stood, image.dsfid, image.afi, armed)

    def _switch(self, uid: str, *, afi: int, armed: bool) -> None:
        try:
            self._reader.switch_gate(uid, afi=afi, armed=armed)
        except TagGoneError as error:
            raise TagError("gone", _TOO_SOON) from error
        except TagRefusedError as error:
            raise TagError(
                "alarm",
                f"what the tag says is written, but its alarm (AFI, EAS) stays as it is: {error}",
            ) from error

    def _put(self, uid: str, body: bytes) -> None:
        try:
            self._reader.write(uid, 0, body)
        except TagGoneError as error:
            raise TagError("gone", _TOO_SOON) from error
        except StationError as error:
            raise TagError("locked", f"the tag does not take it: {error}") from error

    def _name_format(self, image: TagImage, dsfid: int | None) -> None:
        if dsfid is None or image.dsfid in {None, dsfid}:
            return
        try:
            self._reader.write_dsfid(image.uid, dsfid)
        except TagGoneError as error:
            raise TagError("gone", _TOO_SOON) from error
        except TagRefusedError:
            # Many were locked when they were made; what stands on the tag says its format too.
            self._say("The tag keeps the data format (DSFID) that it has.")

    def _read(self, uid: str) -> TagContent:
        # A reader keeps what it has read of a tag that lies still, so the bytes are asked anew.
        for found in self._reader.poll():
            if found.uid == uid and found.image is not None:
                return decode(found.image)
        raise TagError(
            "gone", "the tag was taken away before it was read again; lay it there again"
        )

    def _remember(self, undo: Undo) -> None:
        self._undo.parent.mkdir(parents=True, exist_ok=True)
        kept = {**structs.asdict(undo), "memory": undo.memory.hex()}
        body = json.dumps(kept).encode()
        handle = os.open(self._undo, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(body)

    def _kept(self) -> Undo:
        try:
            kept = json.loads(self._undo.read_bytes())
            return convert({**kept, "memory": bytes.fromhex(kept["memory"])}, Undo)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TagError(
                "nothing_to_undo", "nothing is known of a tag that was written here before"
            ) from error
