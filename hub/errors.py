"""What a hub can suffer."""

from circulation.errors import CirculationError, ForgedError


class HubError(CirculationError):
    """Something is wrong with the hub."""


class CatalogueUnavailableError(HubError, ConnectionError):
    """The catalogue gives no answer: retry later, oldest first."""


class NotAskedError(CatalogueUnavailableError):
    """The catalogue was not asked: nothing can have happened there."""


class AnswerLostError(CatalogueUnavailableError):
    """The catalogue was asked, and what it did is not known until it is asked about that."""


class LedgerDamagedError(HubError):
    """The ledger's file is not whole."""


class RevokedError(HubError, ForgedError):
    """A message of a station that was revoked: set aside and counted, never acted on."""
