"""What a technician must mend before a kit can be used."""

from circulation.errors import ConfigError


class KitError(ConfigError):
    """A kit that cannot be built as it is written; the message says which part and why."""
