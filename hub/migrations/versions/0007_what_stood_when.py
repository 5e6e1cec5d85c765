"""The log of blocks, cards and holds, so that a loan is judged by what stood when it was made."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("lane", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("claimed_seq", sa.Integer(), server_default="0", nullable=False)
        )
    op.create_table(
        "standing_event",
        sa.Column("version", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("patron", sa.String(), nullable=True),
        sa.Column("card", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("posting", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("version"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_standing_event_patron", "standing_event", ["patron"])
    op.create_index("ix_standing_event_title", "standing_event", ["title"])
    # Nobody knows since when those wait who wait today: they are taken to have waited always.
    op.execute(
        "INSERT INTO standing_event (change, patron, title, at_ms) "
        "SELECT 'placed', patron, title, 0 FROM hold ORDER BY number"
    )
