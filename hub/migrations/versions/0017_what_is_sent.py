"""How long what was waited for is kept, and what is on its way between two libraries."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | Sequence[str] | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("hold", sa.Column("until", sa.Date(), nullable=True))
    op.create_table(
        "transit",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["destination"], ["branch.code"]),
        sa.ForeignKeyConstraint(["item"], ["item.id"]),
        sa.ForeignKeyConstraint(["origin"], ["branch.code"]),
        sa.PrimaryKeyConstraint("item"),
    )
