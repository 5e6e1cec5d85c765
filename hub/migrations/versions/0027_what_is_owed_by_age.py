"""What the catalogue does not show yet is found by age, page by page."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | Sequence[str] | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWED = sa.text("posted_ms IS NULL")


def upgrade() -> None:
    """Make the change."""
    op.drop_index("fact_owed", "fact")
    op.create_index(
        "fact_owed", "fact", ["received_ms", "item"], sqlite_where=OWED, postgresql_where=OWED
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("fact_owed", "fact")
    op.create_index("fact_owed", "fact", ["posted_ms"])
