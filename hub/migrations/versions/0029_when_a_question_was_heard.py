"""When a question was heard: of very many the oldest are forgotten."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | Sequence[str] | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change."""
    since = sa.Column("heard_ms", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("heard_question", since)
    op.create_index("ix_heard_question_heard_ms", "heard_question", ["heard_ms"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_heard_question_heard_ms", "heard_question")
    op.drop_column("heard_question", "heard_ms")
