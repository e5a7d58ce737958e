"""In which zones alerts were.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0001"


def _name(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table of zones; alerts of earlier versions were in none."""
    op.create_table(
        "zones",
        sa.Column("alert", _name(128), primary_key=True),
        sa.Column("zone", _name(64), primary_key=True),
        sa.Column("camera", _name(256), nullable=False),
        sa.Column("facets", sa.SmallInteger, nullable=False),
        sa.Column("opened_at", sa.Double, nullable=False),
    )
    op.create_index("zones_by_time", "zones", ["zone", "opened_at", "alert"])
    op.create_index("zones_by_facets", "zones", ["zone", "facets", "opened_at", "alert"])
