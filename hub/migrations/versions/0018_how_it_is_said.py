"""How librarians want words to be said."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | Sequence[str] | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "saying",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("written", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("written", "language"),
    )
