"""All kinds of an alert are what it is filtered by; until now its most severe one was.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0009", "0008"


def _name(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Rename the column and make room in it; alerts of version 0.3 have one kind."""
    with op.batch_alter_table("facets") as facets:
        facets.alter_column(
            "kind",
            new_column_name="kinds",
            existing_type=_name(32),
            type_=_name(64),
            existing_nullable=False,
        )
