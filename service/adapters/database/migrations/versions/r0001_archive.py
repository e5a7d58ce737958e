"""The first archive.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None


def _name(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "meta",
        sa.Column("name", _name(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "facets",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", _name(32), nullable=False),
        sa.Column("state", _name(16), nullable=False),
        sa.Column("severity", _name(16), nullable=False),
        sa.Column("verdict", _name(16), nullable=False),
        sa.Column("acknowledged", sa.Boolean, nullable=False),
        sa.UniqueConstraint(
            "kind", "state", "severity", "verdict", "acknowledged", name="one_of_each"
        ),
    )
    _make_alerts()
    _make_poses()
    _make_episodes()
    _make_acts()
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("action", _name(64), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
    )


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", _name(128), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("camera", _name(256), nullable=False),
        sa.Column("facets", sa.SmallInteger, nullable=False),
        sa.Column("opened_at", sa.Double, nullable=False),
        sa.Column("alert", sa.Text, nullable=False),
        sa.Column("acknowledged_at", sa.Double),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("verdict_by", sa.Text),
        sa.Column("notes", sa.Integer, nullable=False),
        sa.Column("hidden_by", _name(64)),
        sa.Column("size_bytes", sa.Integer, nullable=False),
    )
    op.create_index("alerts_by_time", "alerts", ["opened_at", "id"])
    op.create_index("alerts_by_camera", "alerts", ["camera", "opened_at", "id"])
    op.create_index("alerts_by_facets", "alerts", ["facets", "opened_at", "id"])
    op.create_index(
        "alerts_by_camera_and_facets", "alerts", ["camera", "facets", "opened_at", "id"]
    )
    op.create_index("alerts_hidden", "alerts", ["hidden_by"])
    op.create_index("alerts_by_size", "alerts", ["camera", "facets", "size_bytes"])


def _make_poses() -> None:
    op.create_table(
        "clips",
        sa.Column("alert", _name(128), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "poses",
        sa.Column("alert", _name(128), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )


def _make_episodes() -> None:
    op.create_table(
        "episodes",
        sa.Column("alert", _name(128), primary_key=True),
        sa.Column("read", _name(48), nullable=False),
        sa.Column("pieces", sa.Integer, nullable=False),
        sa.Column("frames", sa.Integer, nullable=False),
        sa.Column("width_px", sa.Integer, nullable=False),
        sa.Column("height_px", sa.Integer, nullable=False),
        sa.Column("thinned_from", sa.Double),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    op.create_index("episodes_going_on", "episodes", ["done"])


def _make_acts() -> None:
    op.create_table(
        "acts",
        sa.Column("id", _name(128), primary_key=True),
        sa.Column("alert", _name(128), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("type", _name(32), nullable=False),
        sa.Column("verdict", _name(16)),
        sa.Column("text", sa.Text),
    )
    op.create_index("acts_of_alert", "acts", ["alert", "place"], unique=True)
    op.create_table(
        "words",
        sa.Column("word", _name(64), primary_key=True),
        sa.Column("opened_at", sa.Double, primary_key=True),
        sa.Column("alert", _name(128), primary_key=True),
    )
    op.create_index("words_of_alert", "words", ["alert"])
