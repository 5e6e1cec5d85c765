"""Lanes that are closed, and which backups were made when."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_ms", sa.BigInteger(), nullable=True))
    op.create_table(
        "checkpoint",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("returned_at", sa.String(), nullable=False),
        sa.Column("reached", sa.JSON(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("stripped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("item"),
    )
    op.create_table(
        "backup_copy",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("path"),
    )
