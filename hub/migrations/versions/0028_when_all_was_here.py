"""When a station said for certain that it owed nothing, so that no older fact of it can come."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | Sequence[str] | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("station", sa.Column("all_here_ms", sa.BigInteger()))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("station", "all_here_ms")
