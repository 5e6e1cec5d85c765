"""Titles are found by their words on PostgreSQL too."""

from collections.abc import Sequence

from alembic import op

from hub.catalogue.tables import create_search

revision: str = "0022"
down_revision: str | Sequence[str] | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change; SQLite has had its index from the first tables on."""
    if op.get_bind().dialect.name == "postgresql":
        create_search(op.get_bind())


def downgrade() -> None:
    """Take the change back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE title DROP COLUMN IF EXISTS sought")
