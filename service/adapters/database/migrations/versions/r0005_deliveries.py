"""Deliveries of alerts to outputs.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0005", "0003"


def _name(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "deliveries",
        sa.Column("id", _name(256), primary_key=True),
        sa.Column("output", _name(64), nullable=False),
        sa.Column("key", _name(190), nullable=False),
        sa.Column("alert", _name(128)),
        sa.Column("event", _name(32), nullable=False),
        sa.Column("state", _name(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("delivered_at", sa.Double),
        sa.Column("answer", sa.Text, nullable=False),
    )
    op.create_index("deliveries_of_alert", "deliveries", ["alert", "at", "id"])
    op.create_index("deliveries_by_time", "deliveries", ["at", "id"])
    op.create_index("deliveries_by_output", "deliveries", ["output", "state", "at", "id"])
