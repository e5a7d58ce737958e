"""Writes judged alerts and near misses as a labelled data set, in the workshop's layout `folder`.

A clip is an alert's episode, at one rate; where that was not recorded, the window of its peak. Of
an alert that was right, frames from its opening on are abnormal; of one that was not, none is.
Of a near miss that should have been an alert, frames from when it came nearest on are abnormal.
Alerts of long stays alone are left out: they say nothing of how bodies move.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray

from inference.stretches.poses import stretch_poses
from inference.stretches.stretch import Stretch
from inference.types import MEASURED_KINDS, Kind, Verdict
from service.ports.archive import AlertArchive, EpisodeArchive
from service.ports.stretches import NearFilter, StretchArchive
from service.records import AlertFilter, FoundAlert, PersonPose, PoseFrame
from tracker.errors import ConfigError
from tracker.resampling import interpolate

SUFFIX = "_alphapose_tracked_person.json"
PAGE = 100
LONGEST_GAP_S = 0.25  # longer ones are not interpolated, as on the live way
COLUMNS = (
    "clip",
    "alert",
    "camera",
    "kind",
    "opened_at",
    "verdict",
    "author",
    "frames",
    "people",
    "source",
)
NEAR_MISSES = 10_000  # the newest labelled ones


@dataclass(frozen=True, slots=True)
class Exported:
    """How many clips were written, by verdict, and how many alerts had no poses.

    Attributes:
        near_misses: of the clips.
    """

    right: int
    wrong: int
    without_poses: int
    near_misses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What somebody judged.

    Attributes:
        abnormal_from: UTC seconds, if it was right.
        source: alert or near-miss.
    """

    id: str
    camera: str
    kind: Kind
    abnormal_from: float
    verdict: Verdict | None
    author: str | None
    source: str


def export_verdicts(
    archive: AlertArchive,
    episodes: EpisodeArchive,
    stretches: StretchArchive,
    out: Path,
    fps: float,
) -> Exported:
    """Write every alert and near miss that was judged true or false.

    Args:
        out: a folder that is empty or not there yet.
        fps: rate of the clips.

    Raises:
        ConfigError: the folder has something in it, or cannot be written to.
        ArchiveUnavailable: the database does not answer.
    """
    rows: list[dict[str, object]] = []
    without = 0
    try:
        folder, truth = _folders(out)
        note = {"pose": "archive", "frames": "grid", "fps": fps}
        (folder / "extract.yaml").write_text(yaml.safe_dump(note, sort_keys=False))
        for judged, frames in _clips(archive, episodes, stretches):
            people = _on_grid(frames, fps)
            if not people:
                without += 1
                continue
            rows.append(_write(judged, frames, people, (folder, truth, fps)))
        with (out / "verdicts.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    except OSError as err:
        raise ConfigError(f"--out {out} cannot be written: {err.strerror or err}") from err
    right = sum(row["verdict"] == "true" for row in rows)
    near = sum(row["source"] == "near-miss" for row in rows)
    return Exported(right, len(rows) - right, without, near)


def _folders(out: Path) -> tuple[Path, Path]:
    if out.exists() and any(out.iterdir()):
        raise ConfigError(f"--out {out} is not empty; name a new folder")
    folders = (out / "pose" / "test", out / "gt")
    for folder in folders:
        folder.mkdir(parents=True)
    return folders


def _clips(
    archive: AlertArchive, episodes: EpisodeArchive, stretches: StretchArchive
) -> Iterator[tuple[_Judged, list[PoseFrame]]]:
    for found in _judged(archive):
        about, alert = found.archived, found.archived.alert
        judged = _Judged(
            id=alert.id,
            camera=alert.camera,
            kind=alert.kind,
            abnormal_from=alert.opened_at,
            verdict=about.verdict,
            author=about.verdict_by,
            source="alert",
        )
        yield judged, _frames(found, episodes)
    for near in stretches.near_misses(NearFilter(labels=("true", "false"), limit=NEAR_MISSES)):
        kept = stretches.get(near.id)
        if kept is not None and near.kind in MEASURED_KINDS:
            judged = _Judged(
                id=near.id,
                camera=near.camera,
                kind=near.kind,
                abnormal_from=near.at,
                verdict=near.label,
                author=near.label_by,
                source="near-miss",
            )
            yield judged, _stretch_frames(kept[1], near.track)


def _stretch_frames(stretch: Stretch, number: int) -> list[PoseFrame]:
    return [PoseFrame(at, (PersonPose(number, joints),)) for at, joints in stretch_poses(stretch)]


def _judged(archive: AlertArchive) -> Iterator[FoundAlert]:
    cursor, wanted = None, AlertFilter(kinds=MEASURED_KINDS, verdicts=("true", "false"))
    while True:
        page, cursor = archive.page(wanted, cursor=cursor, limit=PAGE)
        found = (archive.get(each.alert.id) for each in page)
        yield from (each for each in found if each is not None)
        if cursor is None:
            return


def _frames(found: FoundAlert, episodes: EpisodeArchive) -> list[PoseFrame]:
    """Return an episode's frames; else the window of its peak, whose last pose stands twice.

    By the published rule the last possible start gives no window: T poses alone would give none.
    """
    alert, clip = found.archived.alert, found.poses
    recorded = [frame for piece in episodes.frames(alert.id) for frame in piece]
    if recorded or clip is None:
        return recorded
    number = int(alert.person.rpartition("/")[2])
    poses = [*clip.poses, clip.poses[-1]]
    begin_at = alert.peak_at - (len(clip.poses) - 1) / clip.fps
    return [
        PoseFrame(begin_at + at / clip.fps, (PersonPose(number, np.array(pose, np.float32)),))
        for at, pose in enumerate(poses)
    ]


_Ticks = NDArray[np.int64]
_Joints = NDArray[np.float32]


def _on_grid(frames: Sequence[PoseFrame], fps: float) -> dict[int, tuple[_Ticks, _Joints]]:
    """Return each person's poses at the ticks of one rate, counted from the first frame."""
    times: defaultdict[int, list[float]] = defaultdict(list)
    joints: defaultdict[int, list[_Joints]] = defaultdict(list)
    for frame in frames:
        for person in frame.people:
            times[person.number].append(frame.at - frames[0].at)
            joints[person.number].append(person.joints)
    return {
        number: _resampled(np.array(times[number]), np.stack(joints[number]), fps)
        for number in times
    }


def _resampled(times: NDArray[np.float64], joints: _Joints, fps: float) -> tuple[_Ticks, _Joints]:
    breaks = (np.flatnonzero(np.diff(times) > LONGEST_GAP_S) + 1).tolist()
    ticks: list[_Ticks] = []
    poses: list[_Joints] = []
    for begin, end in zip([0, *breaks], [*breaks, len(times)], strict=True):
        first, last = np.ceil(times[begin] * fps - 1e-6), np.floor(times[end - 1] * fps + 1e-6)
        wanted = np.arange(int(first), int(last) + 1)
        where = np.interp(wanted / fps, times[begin:end], np.arange(end - begin))
        ticks.append(wanted)
        poses.append(interpolate(joints[begin:end], where))
    return np.concatenate(ticks), np.concatenate(poses)


def _write(
    judged: _Judged,
    frames: Sequence[PoseFrame],
    people: dict[int, tuple[_Ticks, _Joints]],
    where: tuple[Path, Path, float],
) -> dict[str, object]:
    """Write one clip and its labels; return its row of the list."""
    folder, truth, fps = where
    name = f"{judged.camera}_{judged.id}"
    (folder / f"{name}{SUFFIX}").write_bytes(
        msgspec.json.encode(
            {str(max(number, 0)): _entries(*poses) for number, poses in people.items()}
        )
    )
    length = max((int(ticks[-1]) + 1 for ticks, _ in people.values() if len(ticks)), default=1)
    labels = np.zeros(length, np.uint8)
    if judged.verdict == "true":
        labels[max(0, round((judged.abnormal_from - frames[0].at) * fps)) :] = 1
    np.save(truth / f"{name}.npy", labels)
    return {
        "clip": name,
        "alert": judged.id,
        "camera": judged.camera,
        "kind": judged.kind,
        "opened_at": judged.abnormal_from,
        "verdict": judged.verdict,
        "author": judged.author,
        "frames": length,
        "people": len(people),
        "source": judged.source,
    }


def _entries(ticks: _Ticks, joints: _Joints) -> dict[str, dict[str, object]]:
    rounded = np.round(joints.astype(np.float64), 3).reshape(len(joints), -1)
    return {
        f"{tick:06d}": {"keypoints": row.tolist(), "scores": float(row[2::3].mean())}
        for tick, row in zip(ticks.tolist(), rounded, strict=True)
    }
