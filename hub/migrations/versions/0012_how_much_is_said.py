"""How much a station says to whoever wants to hear little, or all."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change."""
    verbosity = sa.Column("verbosity", sa.Integer(), nullable=False, server_default="1")
    with op.batch_alter_table("manner") as table:
        table.add_column(verbosity)
    with op.batch_alter_table("manner") as table:
        table.alter_column("verbosity", server_default=None)
