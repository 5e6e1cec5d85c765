"""What a gate looks at on one ISO 15693 tag: AFI, and EAS where NXP's ICODE has it.

EAS and the password are ICODE's own commands (SL2S2002 and SL2S2602: SET EAS, RESET EAS, EAS
ALARM, GET RANDOM NUMBER, SET PASSWORD).
"""

from collections.abc import Callable

from station.errors import TagGoneError, TagRefusedError
from station.readers.iso15693 import LOCKED, NO_SUCH, WRITTEN_MS, AddressedTag, Reply

SET_EAS, RESET_EAS, EAS_ALARM = 0xA2, 0xA3, 0xA5
RANDOM_NUMBER, SET_PASSWORD = 0xB2, 0xB3
EAS_PASSWORD = 0x10
"""The one password that guards EAS and AFI."""
EAS_SEQUENCE_BYTES = 32
RANDOM_BYTES = 2
GATE_TRIES = 8
NOES = 2
PASSWORD_TRIES = 3
GONE = "the tag does not lie there any more"
WRONG_PASSWORD = "the tag's alarm is locked with another password than this branch's"  # noqa: S105


class Gate:
    """The alarm of one tag."""

    def __init__(
        self, tag: AddressedTag, *, cycle_field: Callable[[], None], password: bytes | None
    ) -> None:
        """Switch *tag*, with *password* where it asks for one.

        A tag that was shown a wrong password obeys nobody until *cycle_field*.
        """
        self._tag = tag
        self._cycle_field = cycle_field
        self._password = password
        self._shown = 0

    def switch(self, *, afi: int, armed: bool) -> bool:
        """Bring AFI to *afi* and EAS to *armed*, read back; return whether the tag has either.

        `TagGoneError` and `TagRefusedError` as `TagWriter.switch_gate`.
        """
        has_afi = self._shows_afi()
        if has_afi:
            self._bring(lambda: self._afi_is(afi), lambda: self._tag.write_afi(afi), known=True)
        if not self._tag.is_nxp:
            return has_afi
        has_eas = self._bring(
            lambda: self._eas_is(armed), lambda: self._write_eas(armed), known=False
        )
        return has_afi or has_eas

    def is_set(self) -> bool:
        """Return whether EAS is set; False where the tag has none, `TagGoneError` once it has gone.

        A no is silence, so it counts when it is said twice.
        """
        if not self._tag.is_nxp:
            return False
        noes = 0
        for _ in range(GATE_TRIES):
            said = self.is_armed()
            if said:
                return True
            if said is None:
                self._cycle_field()
                continue
            noes += 1
            if noes == NOES:
                return False
        raise TagGoneError(GONE)

    def is_armed(self) -> bool | None:
        """Return whether EAS is set, None where the tag does not say so now."""
        reply = self._tag.ask(EAS_ALARM, maker=True)
        if reply is None:
            # Silence is how a tag says no, and how one is that has gone.
            return False if self._tag.information() is not None else None
        return reply.error is None and len(reply.data) == EAS_SEQUENCE_BYTES

    def _bring(
        self, is_so: Callable[[], bool | None], write: Callable[[], Reply | None], *, known: bool
    ) -> bool:
        """Return True once *is_so*; False where the tag has no such thing, if not *known* to."""
        there = False
        for _ in range(GATE_TRIES):
            so = is_so()
            there = so is not None
            if so:
                return True
            if not there:
                self._cycle_field()
                continue
            reply = write()
            if reply is None or reply.error is None:
                # Only what is read back counts.
                continue
            if reply.error in NO_SUCH and not known:
                return False
            if reply.error == LOCKED:
                raise TagRefusedError("the tag's alarm is locked for ever")
            self._unlock()
        if not there:
            raise TagGoneError(GONE)
        raise TagRefusedError("the tag lies there and does not let its alarm be switched")

    # --- AFI and EAS ---------------------------------------------------------------------

    def _shows_afi(self) -> bool:
        for _ in range(GATE_TRIES):
            information = self._tag.information()
            if information is not None:
                return information.afi is not None
            self._cycle_field()
        raise TagGoneError(GONE)

    def _afi_is(self, afi: int) -> bool | None:
        information = self._tag.information()
        return None if information is None else information.afi == afi

    def _eas_is(self, armed: bool) -> bool | None:
        said = self.is_armed()
        return None if said is None else said is armed

    def _write_eas(self, armed: bool) -> Reply | None:
        command = SET_EAS if armed else RESET_EAS
        return self._tag.ask(command, maker=True, patience_ms=WRITTEN_MS)

    # --- the password --------------------------------------------------------------------

    def _unlock(self) -> None:
        """Show the password, which the tag then knows until the field goes.

        None to show, or a wrong one, is a `TagRefusedError`.
        """
        if self._password is None:
            raise TagRefusedError("the tag's alarm asks for a password, and the branch names none")
        if self._shown == PASSWORD_TRIES:
            raise TagRefusedError(WRONG_PASSWORD)
        self._shown += 1
        number = self._tag.ask(RANDOM_NUMBER, maker=True)
        if number is None or len(number.data) != RANDOM_BYTES:
            return
        hidden = bytes(a ^ b for a, b in zip(self._password, number.data * 2, strict=True))
        taken = self._tag.ask(SET_PASSWORD, bytes([EAS_PASSWORD]) + hidden, maker=True)
        if taken is None and self._tag.information() is None:
            self._cycle_field()
            raise TagRefusedError(WRONG_PASSWORD)
