"""Facts whose clock learnt the time later; lanes that know what a backup holds."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change; what is ranked already keeps what its own clock said."""
    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("trusted", sa.Boolean(), nullable=True))
        batch_op.create_index("fact_owed", ["posted_ms"], unique=False)
        batch_op.create_index(
            "fact_rank", ["station", "epoch", "rank", "seq", "hash"], unique=False
        )
    with op.batch_alter_table("lane", schema=None) as batch_op:
        safe = sa.Column("safe_seq", sa.Integer(), server_default="0", nullable=False)
        batch_op.add_column(safe)
    op.execute(
        "UPDATE fact SET trusted = json_extract(body, '$.at.trusted') WHERE rank IS NOT NULL"
        if op.get_bind().dialect.name == "sqlite"
        else "UPDATE fact SET trusted = (body->'at'->>'trusted')::boolean WHERE rank IS NOT NULL"
    )
