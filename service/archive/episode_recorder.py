"""Records the poses of an alert's person and of those beside, from before it opened to its end."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from inference.types import Alert
from service.entry_ids import entry_order
from service.ports.archive import EpisodeArchive, PoseFeed
from service.ports.telemetry import SiteTelemetry
from service.records import EpisodePiece, EpisodeState, PersonPose, PoseFrame
from tracker.types import FrameView, Track

BEFORE_S = 2.0
# All frames for so long, then one a second, up to the longest.
FULL_S = 600.0
THINNED_EVERY_S = 1.0
LONGEST_S = 3600.0
# A closed alert's last frames are waited for; a much older one's are no longer in Redis.
SETTLE_S = 3.0
TOO_OLD_S = 60.0
# Whoever is within so many heights of the person, the nearest first.
BESIDE_HEIGHTS = 2.0
MOST_PEOPLE = 8
PIECE_FRAMES = 256
PIECE_S = 5.0
MOST_PENDING = 20_000  # frames of one alert while the database is away: ten minutes at 30 a second
HOLE_MS = 1_500
BLIND_S = 55.0  # a little less than Redis keeps views


@dataclass(slots=True)
class _Recording:
    """One episode that is going on.

    Attributes:
        read: id of the last view that was looked at.
        pending: frames that are not in the archive yet.
        pending_since: monotonic seconds of the first of them.
        place: middle and height of the person's box when last seen, px.
        over: nothing more comes.
        looked_at: when views were read last, UTC seconds; None: not by this process.
    """

    state: EpisodeState
    read: str
    pending: list[PoseFrame] = field(default_factory=list)
    pending_since: float = 0.0
    kept_at: float = float("-inf")
    place: tuple[float, float, float] | None = None
    over: bool = False
    looked_at: float | None = None

    @property
    def begin_at(self) -> float:
        return self.state.alert.opened_at - BEFORE_S


class EpisodeRecorder:
    """Follows alerts and keeps what the newest views show of them.

    Frames are written in pieces of some seconds, each with how far it came: whoever dies, its
    successor goes on there, as long as Redis still has the views.

    Args:
        clock: UTC seconds.
    """

    def __init__(
        self,
        archive: EpisodeArchive,
        feed: PoseFeed,
        *,
        telemetry: SiteTelemetry,
        clock: Callable[[], float],
    ) -> None:
        self._archive = archive
        self._feed = feed
        self._telemetry = telemetry
        self._clock = clock
        self._going_on: dict[str, _Recording] | None = None

    def forget(self) -> None:
        """Drop what is not written yet; another process goes on."""
        self._going_on = None

    def follow(self, alerts: Sequence[Alert]) -> None:
        """Take note of the newest versions of alerts.

        Raises:
            ArchiveUnavailable: the database does not answer; follow them again.
        """
        going_on = self._resumed()
        for alert in alerts:
            if alert.id in going_on:
                recording = going_on[alert.id]
                recording.state = replace(recording.state, alert=alert)
        too_old = self._clock() - TOO_OLD_S
        fresh = [
            alert
            for alert in alerts
            if alert.id not in going_on and (alert.closed_at or alert.updated_at) >= too_old
        ]
        for state in self._archive.begin(fresh) if fresh else ():
            going_on[state.alert.id] = _Recording(state, state.read)

    def collect(self, now: float) -> None:
        """Take the newest frames of all alerts that are going on.

        Args:
            now: monotonic seconds.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        by_camera: defaultdict[str, list[_Recording]] = defaultdict(list)
        for recording in (self._going_on or {}).values():
            by_camera[recording.state.alert.camera].append(recording)
        for camera, recordings in by_camera.items():
            oldest = self._feed.oldest(camera)
            for recording in recordings:
                self._check_hole(recording, oldest)
                recording.looked_at = self._clock()
            self._collect(camera, recordings, now)

    def flush(self, now: float) -> None:
        """Write the pieces that are due.

        Raises:
            ArchiveUnavailable: the database does not answer; nothing is dropped.
        """
        going_on = self._resumed()
        for name, recording in list(going_on.items()):
            self._end(recording)
            due = recording.over or len(recording.pending) >= PIECE_FRAMES
            if due or (recording.pending and now - recording.pending_since >= PIECE_S):
                self._write(recording)
            if recording.over:
                del going_on[name]

    def _resumed(self) -> dict[str, _Recording]:
        if self._going_on is None:
            states = self._archive.unfinished()
            self._going_on = {state.alert.id: _Recording(state, state.read) for state in states}
        return self._going_on

    def _collect(self, camera: str, recordings: Sequence[_Recording], now: float) -> None:
        while True:
            after = min((recording.read for recording in recordings), key=entry_order)
            views = self._feed.read(camera, after)
            for view_id, view in views:
                for recording in recordings:
                    if entry_order(view_id) > entry_order(recording.read):
                        recording.read = view_id
                        self._take(recording, view, now)
            if not views:
                return

    def _take(self, recording: _Recording, view: FrameView, now: float) -> None:
        alert = recording.state.alert
        _, session, _ = alert.person.split("/")
        if view.session != session or view.at < recording.begin_at or recording.over:
            return
        if alert.closed_at is not None and view.at > alert.closed_at:
            recording.over = True
            return
        frame = self._chosen(recording, view)
        if not frame.people or not _is_kept(recording, view.at):
            return
        if len(recording.pending) >= MOST_PENDING:
            self._miss(recording)
            return
        if not recording.pending:
            recording.pending_since = now
        recording.pending.append(frame)
        recording.kept_at = view.at
        recording.state = replace(recording.state, width_px=view.width_px, height_px=view.height_px)

    def _chosen(self, recording: _Recording, view: FrameView) -> PoseFrame:
        """Return the alert's person, first, and those beside where it was last seen."""
        number = int(recording.state.alert.person.rpartition("/")[2])
        own = [track for track in view.tracks if track.person.number == number]
        if own:
            recording.place = _place(own[0])
        place = recording.place
        if place is None:
            return PoseFrame(view.at, ())
        others = [track for track in view.tracks if track.person.number != number]
        near = sorted((_heights_apart(place, _place(each)), at) for at, each in enumerate(others))
        beside = [others[at] for apart, at in near if apart <= BESIDE_HEIGHTS]
        chosen = [*own, *beside][:MOST_PEOPLE]
        people = tuple(PersonPose(each.person.number, each.pose.joints) for each in chosen)
        return PoseFrame(view.at, people)

    def _check_hole(self, recording: _Recording, oldest: str | None) -> None:
        """Find out whether views were gone before they were looked at."""
        if oldest is None or recording.read == "0-0":
            return
        read_ms, oldest_ms = entry_order(recording.read)[0], entry_order(oldest)[0]
        # Where nobody is seen for long, the last views go without a hole.
        looked_at = read_ms / 1000 if recording.looked_at is None else recording.looked_at
        if self._clock() - looked_at > BLIND_S and oldest_ms - read_ms > HOLE_MS:
            self._miss(recording)

    def _miss(self, recording: _Recording) -> None:
        if recording.state.complete:
            recording.state = replace(recording.state, complete=False)
            self._telemetry.count("archive_poses_incomplete_total")

    def _end(self, recording: _Recording) -> None:
        alert, now = recording.state.alert, self._clock()
        if alert.closed_at is not None and now - alert.closed_at > SETTLE_S:
            recording.over = True
        if recording.over and alert.closed_at is not None:
            # Frames that were taken before the alert's end was known.
            end_at = alert.closed_at
            recording.pending = [frame for frame in recording.pending if frame.at <= end_at]
        elif now - recording.begin_at > LONGEST_S:
            recording.over = True
            self._miss(recording)

    def _write(self, recording: _Recording) -> None:
        before, frames = recording.state, recording.pending
        after = replace(
            before,
            read=recording.read,
            pieces=before.pieces + bool(frames),
            frames=before.frames + len(frames),
            done=recording.over,
        )
        self._archive.add(EpisodePiece(state=after, frames=frames))
        recording.state, recording.pending = after, []
        self._telemetry.count("archive_pose_frames_total", len(frames))


def _is_kept(recording: _Recording, at: float) -> bool:
    """Tell whether a frame of this time is kept; beyond ten minutes one a second is."""
    if at < recording.begin_at + FULL_S:
        return True
    if recording.state.thinned_from is None:
        recording.state = replace(recording.state, thinned_from=recording.begin_at + FULL_S)
    return at - recording.kept_at >= THINNED_EVERY_S


def _place(track: Track) -> tuple[float, float, float]:
    left, top, right, bottom = (float(side) for side in track.pose.box_px)
    return (left + right) / 2, (top + bottom) / 2, max(bottom - top, 1.0)


def _heights_apart(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1])) / max(one[2], other[2])
