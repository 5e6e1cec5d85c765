"""Who at the desk changed what stands about a card, a person, a copy or the rules."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | Sequence[str] | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change; what was done before says of nobody who did it."""
    by = sa.Column("by", sa.String(), nullable=False, server_default="")
    op.add_column("standing_event", by)
    op.create_index("ix_standing_event_card", "standing_event", ["card"])
