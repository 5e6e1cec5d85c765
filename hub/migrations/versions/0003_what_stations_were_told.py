"""what was on each shelf when a station was told of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "shelf_row",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "kind", "key"),
    )
    op.create_index("shelf_row_generation", "shelf_row", ["generation"])
    op.create_table(
        "shelf_told",
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("station", "version"),
    )


def downgrade() -> None:
    """Undo the change: every station is then sent its whole shelf."""
    op.drop_table("shelf_told")
    op.drop_table("shelf_row")
