"""What the chain has not reached yet is indexed alone, and what is open by its kind."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | Sequence[str] | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

AHEAD = sa.text("rank IS NULL")


def upgrade() -> None:
    """Make the change."""
    op.drop_index("fact_rank", "fact")
    op.create_index(
        "fact_ahead",
        "fact",
        ["station", "epoch", "seq", "hash"],
        sqlite_where=AHEAD,
        postgresql_where=AHEAD,
    )
    op.create_index("exception_kind", "exception", ["kind", "station"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("exception_kind", "exception")
    op.drop_index("fact_ahead", "fact")
    op.create_index("fact_rank", "fact", ["station", "epoch", "rank", "seq", "hash"])
