"""The spoken menu: whom a title is for, what it is about, and what librarians have changed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change; titles that are there get their subjects when they are imported again."""
    with op.batch_alter_table("title", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subjects", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("audience", sa.String(), server_default="", nullable=False))
    op.create_table(
        "menu_place",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
