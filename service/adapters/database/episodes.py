"""The poses of alerts' episodes in the archive."""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import Row, insert, select, update

from inference.types import Alert
from service.adapters.database.connection import Database
from service.adapters.database.pose_codec import pack_frames, unpack_frames
from service.adapters.database.tables import alerts, episodes, poses
from service.ports.archive import EpisodeArchive
from service.records import EpisodePiece, EpisodeState, PoseFrame


class DatabaseEpisodes(EpisodeArchive):
    """Keeps poses in SQLite or PostgreSQL, some seconds of an episode in a row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unfinished(self) -> list[EpisodeState]:
        with self._database.reading() as connection:
            rows = connection.execute(_STATES.where(episodes.c.done.is_(False))).all()
        return [_state(row, _alert(row)) for row in rows]

    def begin(self, begun: Sequence[Alert]) -> list[EpisodeState]:
        names = [alert.id for alert in begun]
        with self._database.writing() as connection:
            wanted = select(episodes).where(episodes.c.alert.in_(names))
            known = {row.alert: row for row in connection.execute(wanted)}
            new = [EpisodeState(alert=alert) for alert in begun if alert.id not in known]
            if new:
                connection.execute(insert(episodes), [_values(state) for state in new])
        old = [_state(known[alert.id], alert) for alert in begun if alert.id in known]
        return [*new, *(state for state in old if not state.done)]

    def add(self, piece: EpisodePiece) -> None:
        state, alert_id = piece.state, piece.state.alert.id
        with self._database.writing() as connection:
            if piece.frames:
                data = pack_frames(piece.frames)
                row = {"alert": alert_id, "number": state.pieces, "data": data}
                connection.execute(insert(poses).values(row))
                size = alerts.c.size_bytes + len(data)
                grown = update(alerts).where(alerts.c.id == alert_id).values(size_bytes=size)
                connection.execute(grown)
            changed = update(episodes).where(episodes.c.alert == alert_id)
            connection.execute(changed.values(_values(state)))

    def about(self, alert_id: str) -> EpisodeState | None:
        with self._database.reading() as connection:
            row = connection.execute(_STATES.where(episodes.c.alert == alert_id)).first()
        return None if row is None else _state(row, _alert(row))

    def frames(self, alert_id: str) -> Iterator[list[PoseFrame]]:
        number = 0
        while True:
            with self._database.reading() as connection:
                following = (
                    select(poses.c.number, poses.c.data)
                    .where(poses.c.alert == alert_id, poses.c.number > number)
                    .order_by(poses.c.number)
                    .limit(1)
                )
                row = connection.execute(following).first()
            if row is None:
                return
            number = row.number
            yield unpack_frames(row.data)


_STATES = select(episodes, alerts.c.alert.label("json")).join_from(
    episodes, alerts, episodes.c.alert == alerts.c.id
)


def _alert(row: Row[tuple[object, ...]]) -> Alert:
    return msgspec.json.decode(row.json, type=Alert)


def _state(row: Row[tuple[object, ...]], alert: Alert) -> EpisodeState:
    return EpisodeState(
        alert=alert,
        read=row.read,
        pieces=row.pieces,
        frames=row.frames,
        width_px=row.width_px,
        height_px=row.height_px,
        thinned_from=row.thinned_from,
        complete=row.complete,
        done=row.done,
    )


def _values(state: EpisodeState) -> dict[str, object]:
    return {
        "alert": state.alert.id,
        "read": state.read,
        "pieces": state.pieces,
        "frames": state.frames,
        "width_px": state.width_px,
        "height_px": state.height_px,
        "thinned_from": state.thinned_from,
        "complete": state.complete,
        "done": state.done,
    }
