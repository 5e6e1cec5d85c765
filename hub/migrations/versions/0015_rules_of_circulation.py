"""Circulation rules, and who is entitled to talking books made under the exception."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "circulation_rules",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "entitlement",
        sa.Column("patron", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["patron"], ["patron.id"]),
        sa.PrimaryKeyConstraint("patron"),
    )
