"""Signing requests that were answered: each is worth one certificate."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | Sequence[str] | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "answered_request",
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("signature"),
    )
