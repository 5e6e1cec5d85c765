"""In whose name the log still has something is found without going through all of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | Sequence[str] | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SOMEBODY = sa.text("patron IS NOT NULL")


def upgrade() -> None:
    """Make the change."""
    op.create_index(
        "catalogue_event_somebody",
        "catalogue_event",
        ["item"],
        sqlite_where=SOMEBODY,
        postgresql_where=SOMEBODY,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("catalogue_event_somebody", "catalogue_event")
