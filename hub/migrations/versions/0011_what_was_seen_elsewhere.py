"""What was seen of a library system that keeps no log for the hub, and what was done there."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "seen_copy",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item"),
    )
    op.create_index("seen_copy_round", "seen_copy", ["seen_ms"])
    op.create_table(
        "seen_event",
        sa.Column("version", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("patron", sa.String(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("posting", sa.String(), nullable=True),
        sa.Column("inferred", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
        sqlite_autoincrement=True,
    )
    op.create_index("seen_event_item", "seen_event", ["item", "version"])
    op.create_index("seen_event_posting", "seen_event", ["posting"])
    op.create_table(
        "begun_call",
        sa.Column("posting", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("patron", sa.String(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("begun_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("posting", "change"),
    )
    op.create_index("begun_call_item", "begun_call", ["item"])
