"""Stretches of people's windows: a sample of each hour, near misses, those of alerts.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0008", "0007"


def _name(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "stretches",
        sa.Column("id", _name(32), primary_key=True),
        sa.Column("camera", _name(256), nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("begin_at", sa.Double, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("sampled", sa.Boolean, nullable=False),
        sa.Column("priority", sa.BigInteger, nullable=False),
        sa.Column("near", sa.Boolean, nullable=False),
        sa.Column("kind", _name(32)),
        sa.Column("at", sa.Double),
        sa.Column("score", sa.Double),
        sa.Column("threshold", sa.Double),
        sa.Column("rarity", sa.Double),
        sa.Column("closeness", sa.Double, nullable=False),
        sa.Column("alert", _name(128)),
        sa.Column("label", _name(16)),
        sa.Column("label_by", sa.Text),
        sa.Column("label_at", sa.Double),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_index("stretches_of_hour", "stretches", ["camera", "hour", "sampled", "priority"])
    op.create_index("stretches_near", "stretches", ["camera", "day", "near", "closeness"])
    op.create_index("stretches_by_time", "stretches", ["begin_at", "id"])
    op.create_index("stretches_by_day", "stretches", ["near", "day", "closeness", "id"])
    op.create_index("stretches_of_alert", "stretches", ["alert"])
    op.create_index("stretches_by_label", "stretches", ["label", "camera", "at"])
    op.create_table(
        "stretch_hours",
        sa.Column("camera", _name(256), primary_key=True),
        sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("stretches", sa.Integer, nullable=False),
        sa.Column("watched_s", sa.Double, nullable=False),
    )
    op.create_index("stretch_hours_by_time", "stretch_hours", ["hour"])
