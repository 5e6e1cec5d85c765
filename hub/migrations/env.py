"""Alembic's entry: brings a database to this program's tables, each step in a transaction."""

from alembic import context

from hub import tables as hub_tables
from hub.catalogue import tables as catalogue_tables
from hub.catalogue.sip2 import tables as seen_tables
from hub.database import METADATA, open_database
from hub.desk import accounts
from hub.selfchecks import tables as device_tables
from hub.web import visits

# What these define must be known before tables are compared.
TABLES = (
    hub_tables.fact,
    catalogue_tables.title,
    seen_tables.seen_copy,
    device_tables.device_request,
    accounts.desk_account,
    visits.visit,
)


def migrate() -> None:
    """Run the steps that the database lacks."""
    engine = open_database(context.config.attributes["url"])
    with engine.begin() as connection:
        context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
        context.run_migrations()
    engine.dispose()


migrate()
