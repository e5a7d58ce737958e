"""People, keys and sessions; the audit log by time.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0006", "0005"


def _name(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables of people; index the audit log."""
    op.create_table(
        "users",
        sa.Column("name", _name(64), primary_key=True),
        sa.Column("role", _name(16), nullable=False),
        sa.Column("cameras", sa.Text),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("password_at", sa.Double, nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("id", _name(32), primary_key=True),
        sa.Column("name", _name(64), nullable=False, unique=True),
        sa.Column("role", _name(16), nullable=False),
        sa.Column("cameras", sa.Text),
        sa.Column("digest", _name(64), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Double),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", _name(64), primary_key=True),
        sa.Column("user", _name(64), nullable=False),
        sa.Column("begun_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
    )
    op.create_index("sessions_of_user", "sessions", ["user", "begun_at"])
    op.create_index("audit_by_time", "audit", ["at", "id"])
    op.create_index("audit_by_author", "audit", ["author", "at", "id"])
    op.create_index("audit_by_action", "audit", ["action", "at", "id"])
