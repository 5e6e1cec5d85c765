"""A letter's marks that have no sign together with it are sought with it on PostgreSQL too."""

from collections.abc import Sequence

from alembic import op

from hub.catalogue.tables import create_search

revision: str = "0023"
down_revision: str | Sequence[str] | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change: the words of every title are taken anew."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE title DROP COLUMN IF EXISTS sought")
        create_search(op.get_bind())


def downgrade() -> None:
    """Leave it: what was before found less."""
