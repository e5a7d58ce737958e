"""The archive's tables. A change here needs a migration; a test compares the two.

Names sort by bytes on both databases: cursors compare them in Python, too.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)


def _name(length: int) -> String:
    return String(length).with_variant(String(length, collation="C"), "postgresql")


metadata = MetaData()

# What there is once: the archive's own id, and how far events were carried.
meta = Table(
    "meta",
    metadata,
    Column("name", _name(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# Every combination that occurs of what alerts are filtered by. Alerts refer to it by number, so
# that two indexes serve every filter: one combination's alerts lie in the order of their time.
facets = Table(
    "facets",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("kinds", _name(64), nullable=False),  # the most severe first, with a space between
    Column("state", _name(16), nullable=False),
    Column("severity", _name(16), nullable=False),
    Column("verdict", _name(16), nullable=False),  # "none": not judged
    Column("acknowledged", Boolean, nullable=False),
    UniqueConstraint("kinds", "state", "severity", "verdict", "acknowledged", name="one_of_each"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", _name(128), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("camera", _name(256), nullable=False),
    Column("facets", SmallInteger, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("alert", Text, nullable=False),  # JSON, as REST shows it
    Column("acknowledged_at", Double),
    Column("acknowledged_by", Text),
    Column("verdict_by", Text),
    Column("notes", Integer, nullable=False),
    Column("hidden_by", _name(64)),  # the snooze that kept it back first
    Column("size_bytes", Integer, nullable=False),  # with its clip and poses
    Index("alerts_by_time", "opened_at", "id"),
    Index("alerts_by_camera", "camera", "opened_at", "id"),
    Index("alerts_by_facets", "facets", "opened_at", "id"),
    Index("alerts_by_camera_and_facets", "camera", "facets", "opened_at", "id"),
    Index("alerts_hidden", "hidden_by"),
    Index("alerts_by_size", "camera", "facets", "size_bytes"),
)

clips = Table(
    "clips",
    metadata,
    Column("alert", _name(128), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# Poses of the whole episode, in pieces of some seconds.
poses = Table(
    "poses",
    metadata,
    Column("alert", _name(128), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

# How far the recording of an alert's poses came.
episodes = Table(
    "episodes",
    metadata,
    Column("alert", _name(128), primary_key=True),
    Column("read", _name(48), nullable=False),  # id in Redis of the last view looked at
    Column("pieces", Integer, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("thinned_from", Double),
    Column("complete", Boolean, nullable=False),
    Column("done", Boolean, nullable=False),
    Index("episodes_going_on", "done"),
)

# What each version of an alert followed from; only ever added to.
decisions = Table(
    "decisions",
    metadata,
    Column("alert", _name(128), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

# Ten seconds of a person each, kept by chance, as near misses, or for an alert.
stretches = Table(
    "stretches",
    metadata,
    Column("id", _name(32), primary_key=True),
    Column("camera", _name(256), nullable=False),
    Column("person", Text, nullable=False),
    Column("begin_at", Double, nullable=False),
    Column("until", Double, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("day", Integer, nullable=False),
    Column("sampled", Boolean, nullable=False),
    Column("priority", BigInteger, nullable=False),
    Column("near", Boolean, nullable=False),
    Column("kind", _name(32)),  # that came nearest to an alert, and what it held
    Column("at", Double),
    Column("score", Double),
    Column("threshold", Double),
    Column("rarity", Double),
    Column("closeness", Double, nullable=False),
    Column("alert", _name(128)),
    Column("label", _name(16)),
    Column("label_by", Text),
    Column("label_at", Double),
    Column("size_bytes", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("stretches_of_hour", "camera", "hour", "sampled", "priority"),
    Index("stretches_near", "camera", "day", "near", "closeness"),
    Index("stretches_by_time", "begin_at", "id"),
    Index("stretches_by_day", "near", "day", "closeness", "id"),
    Index("stretches_of_alert", "alert"),
    Index("stretches_by_label", "label", "camera", "at"),
)

# Of how many stretches those were kept, by camera and hour.
stretch_hours = Table(
    "stretch_hours",
    metadata,
    Column("camera", _name(256), primary_key=True),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("stretches", Integer, nullable=False),
    Column("watched_s", Double, nullable=False),
    Index("stretch_hours_by_time", "hour"),
)

# What people did, and what was raised again; only ever added to.
acts = Table(
    "acts",
    metadata,
    Column("id", _name(128), primary_key=True),
    Column("alert", _name(128), nullable=False),
    Column("place", Integer, nullable=False),  # among the alert's acts, from 1
    Column("at", Double, nullable=False),
    Column("author", Text, nullable=False),
    Column("type", _name(32), nullable=False),
    Column("verdict", _name(16)),
    Column("text", Text),
    Index("acts_of_alert", "alert", "place", unique=True),
)

# Words of notes and their beginnings: what `GET /alerts?text=` looks up.
words = Table(
    "words",
    metadata,
    Column("word", _name(64), primary_key=True),
    Column("opened_at", Double, primary_key=True),
    Column("alert", _name(128), primary_key=True),
    Index("words_of_alert", "alert"),
)

# In which zones alerts were, with what they are filtered by: see `facets`.
zones = Table(
    "zones",
    metadata,
    Column("alert", _name(128), primary_key=True),
    Column("zone", _name(64), primary_key=True),
    Column("camera", _name(256), nullable=False),
    Column("facets", SmallInteger, nullable=False),
    Column("opened_at", Double, nullable=False),
    Index("zones_by_time", "zone", "opened_at", "alert"),
    Index("zones_by_facets", "zone", "facets", "opened_at", "alert"),
)

# Who changed what, from where; only ever added to.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("author", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("action", _name(64), nullable=False),
    Column("details", Text, nullable=False),  # JSON
    Index("audit_by_time", "at", "id"),
    Index("audit_by_author", "author", "at", "id"),
    Index("audit_by_action", "action", "at", "id"),
)

# People who sign in. Of these three, `meta` counts the changes under "people".
users = Table(
    "users",
    metadata,
    Column("name", _name(64), primary_key=True),
    Column("role", _name(16), nullable=False),
    Column("cameras", Text),  # JSON list; NULL: all
    Column("password", Text, nullable=False),  # argon2id's own text, with salt and cost
    Column("created_at", Double, nullable=False),
    Column("password_at", Double, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", _name(32), primary_key=True),
    Column("name", _name(64), nullable=False, unique=True),
    Column("role", _name(16), nullable=False),
    Column("cameras", Text),
    Column("digest", _name(64), nullable=False),  # SHA-256 of the key
    Column("created_at", Double, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Double),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", _name(64), primary_key=True),  # SHA-256 of the cookie
    Column("user", _name(64), nullable=False),
    Column("begun_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("address", Text, nullable=False),
    Index("sessions_of_user", "user", "begun_at"),
)

# What became of each message for an output; those of an alert go with it.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _name(256), primary_key=True),  # output/key
    Column("output", _name(64), nullable=False),
    Column("key", _name(190), nullable=False),
    Column("alert", _name(128)),
    Column("event", _name(32), nullable=False),
    Column("state", _name(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("at", Double, nullable=False),
    Column("delivered_at", Double),
    Column("answer", Text, nullable=False),
    Index("deliveries_of_alert", "alert", "at", "id"),
    Index("deliveries_by_time", "at", "id"),
    Index("deliveries_by_output", "output", "state", "at", "id"),
)
