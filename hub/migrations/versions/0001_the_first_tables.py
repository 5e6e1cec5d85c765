"""the first tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from hub.catalogue.tables import create_search

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "catalogue_event",
        sa.Column("version", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("patron", sa.String(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("posting", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("version"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("catalogue_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catalogue_event_item"), ["item"], unique=False)
        batch_op.create_index(batch_op.f("ix_catalogue_event_posting"), ["posting"], unique=False)

    op.create_table(
        "catalogue_posting",
        sa.Column("posting", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("posting", "change"),
    )
    op.create_table(
        "desk_account",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "desk_opening",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "exception",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("card", sa.String(), nullable=True),
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    with op.batch_alter_table("exception", schema=None) as batch_op:
        batch_op.create_index("exception_item", ["item"], unique=False)

    op.create_table(
        "fact",
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("prev", sa.String(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("card", sa.String(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("posted_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("station", "epoch", "seq", "hash"),
    )
    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.create_index("fact_item", ["item"], unique=False)

    op.create_table(
        "hub_meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "lane",
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("up_to_seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("station", "epoch"),
    )
    op.create_table(
        "municipality",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("pin_to_borrow", sa.Boolean(), nullable=False),
        sa.Column("pin_offline", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "patron",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("pin_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("fees_ore", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "pin_try",
        sa.Column("card_hash", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("latest_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("card_hash"),
    )
    op.create_table(
        "posting",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("verdict", sa.JSON(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("done_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index("posting_item", ["item"], unique=False)

    op.create_table(
        "quarantine",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "station",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("partition", sa.String(), nullable=False),
        sa.Column("certificate", sa.String(), nullable=False),
        sa.Column("card_key", sa.LargeBinary(), nullable=False),
        sa.Column("revoked_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.JSON(), nullable=True),
        sa.Column("state_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("in_force", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_table(
        "title",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("control_number", sa.String(), nullable=False),
        sa.Column("marc", sa.LargeBinary(), nullable=False),
        sa.Column("shelf_title", sa.JSON(), nullable=False),
        sa.Column("sought_title", sa.String(), server_default="", nullable=False),
        sa.Column("sought_author", sa.String(), server_default="", nullable=False),
        sa.Column("sought_subject", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("control_number"),
    )
    op.create_table(
        "web_visit",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    with op.batch_alter_table("web_visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_web_visit_who"), ["who"], unique=False)

    op.create_table(
        "branch",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("floating", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality"],
            ["municipality.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "loan_card",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("patron", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["patron"],
            ["patron.id"],
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("loan_card", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loan_card_patron"), ["patron"], unique=False)

    op.create_table(
        "item",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("usage", sa.String(), server_default="circulating", nullable=False),
        sa.Column("tag", sa.String(), server_default="", nullable=False),
        sa.Column("shelf", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["branch"],
            ["branch.code"],
        ),
        sa.ForeignKeyConstraint(
            ["title"],
            ["title.control_number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_title"), ["title"], unique=False)

    op.create_table(
        "shelf_sign",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch"],
            ["branch.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "hold",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("patron", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch"],
            ["branch.code"],
        ),
        sa.ForeignKeyConstraint(
            ["item"],
            ["item.id"],
        ),
        sa.ForeignKeyConstraint(
            ["patron"],
            ["patron.id"],
        ),
        sa.ForeignKeyConstraint(
            ["title"],
            ["title.control_number"],
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("item"),
        sa.UniqueConstraint("title", "patron"),
    )
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hold_patron"), ["patron"], unique=False)
        batch_op.create_index(batch_op.f("ix_hold_title"), ["title"], unique=False)

    op.create_table(
        "loan",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("patron", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("renewals", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["item"],
            ["item.id"],
        ),
        sa.ForeignKeyConstraint(
            ["patron"],
            ["patron.id"],
        ),
        sa.PrimaryKeyConstraint("item"),
    )
    with op.batch_alter_table("loan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loan_patron"), ["patron"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        create_search(op.get_bind())


def downgrade() -> None:
    """Refuse: before the first tables there was nothing to go back to."""
    raise RuntimeError("there is no step before the first; restore a backup instead")
