"""What a station can suffer that a technician must mend."""

from circulation.errors import CirculationError


class StationError(CirculationError):
    """Something is wrong with this machine."""


class ReaderUnavailableError(StationError, OSError):
    """A reader's chip does not answer."""


class TagGoneError(StationError):
    """The tag to be written does not lie there any more."""


class TagRefusedError(StationError):
    """The tag lies there and does not take what is written: locked, protected, or not as read."""


class VoiceUnavailableError(StationError, OSError):
    """No voice can be loaded for a language."""


class JournalError(StationError):
    """The journal cannot keep a promise; the station listens but does not lend."""


class JournalDamagedError(JournalError):
    """The journal's file is not whole; it is set aside, never deleted."""


class JournalFullError(JournalError):
    """There is no room for another fact."""


class JoinError(StationError):
    """The hub does not take this machine in, or does not renew its certificate."""


class WaitError(StationError):
    """The hub cannot be reached, or somebody is to accept this machine first: ask again."""


class PanelUnavailableError(StationError, OSError):
    """The pins of keys, lamp, buzzer or jack cannot be used."""
