"""Contact sheets: what the camera process saw around each hit, miss and false alarm.

A sheet shows eight moments. Grey boxes are the detector's, with their scores; a person who is
tracked has a colour and a number, an accepted pose that is nobody's yet is white.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

import cv2
import numpy as np

from export.bench.events.clips import EventClip
from export.bench.events.counting import ClipOutcome, hits, is_false
from export.bench.events.live_rule import AlertSeen
from export.bench.events.record import DETECTED, ClipRecord, FrameRecord
from export.config.configure import make_out_folder
from export.extraction.draw import picture_of
from tracker.errors import ConfigError
from tracker.sources.video_file import VideoFile
from tracker.types import Frame, Image

Verdict: TypeAlias = Literal["hit", "miss", "false_alarm"]
MOMENTS, COLUMNS, TILE_PX = 8, 4, 480
_LEAD_S, _TAIL_S = 0.5, 1.5
# What precedes an alert decides it: a window and the rule's patience.
_BEFORE_ALERT_S = 1.5
_GREY = (170, 170, 170)


@dataclass(frozen=True, slots=True)
class Scene:
    """A stretch of a clip that a sheet shows.

    Attributes:
        begin_s, end_s: from the clip's first picture.
        text: what happened, in a line.
    """

    verdict: Verdict
    name: str
    begin_s: float
    end_s: float
    text: str


def scenes(outcome: ClipOutcome) -> Iterator[Scene]:
    """Yield what is worth looking at in a clip."""
    clip = outcome.clip
    for number, alert in enumerate(one for one in outcome.alerts if is_false(clip, one)):
        name = f"{clip.set}_{clip.name}_{number}"
        begin_s = alert.opened_s - _BEFORE_ALERT_S
        yield Scene("false_alarm", name, begin_s, alert.opened_s, _described(clip, alert))
    if not clip.is_event:
        return
    found = hits(outcome)
    begin_s, end_s = 0.0, outcome.seconds
    if clip.times_s is not None:
        begin_s, end_s = clip.times_s[0] - _LEAD_S, clip.times_s[1] + _TAIL_S
    if found:
        end_s = max(found[0].opened_s, begin_s + 1.0)
        yield Scene("hit", f"{clip.set}_{clip.name}", begin_s, end_s, _described(clip, found[0]))
        return
    peak = "nobody scored" if outcome.peak is None else f"highest score {outcome.peak:.2f}"
    text = f"{clip.kind} not found, {peak}"
    yield Scene("miss", f"{clip.set}_{clip.name}", begin_s, end_s, text)


def write_sheets(
    folder: Path,
    judged: Sequence[tuple[EventClip, ClipRecord, ClipOutcome]],
    *,
    most_hits: int = 10,
) -> int:
    """Write every miss and false alarm and the first hits as PNG, a folder for each verdict.

    Returns:
        How many sheets were written.

    Raises:
        ConfigError: the folder cannot be written.
    """
    make_out_folder(folder, "--sheets")
    written, left = 0, most_hits
    for clip, record, outcome in judged:
        for scene in scenes(outcome):
            if scene.verdict == "hit":
                left -= 1
                if left < 0:
                    continue
            place = folder / scene.verdict
            place.mkdir(parents=True, exist_ok=True)
            file = place / f"{scene.name}.png"
            if not cv2.imwrite(str(file), sheet(clip, record, scene)):
                raise ConfigError(f"{file} cannot be written")
            written += 1
    return written


def sheet(clip: EventClip, record: ClipRecord, scene: Scene) -> Image:
    """Draw one sheet."""
    own = [frame for frame in record.frames if record.time_s(frame.at) >= -1e-6]
    wanted = _moments(scene, [record.time_s(frame.at) for frame in own])
    tiles: dict[int, Image] = {}
    for frame in islice(VideoFile("events", clip.path, real_time=False), max(wanted) + 1):
        if frame.seq in wanted:
            tiles[frame.seq] = _tile(frame, own[frame.seq], record)
    shown = [tiles[number] for number in wanted if number in tiles]
    blank = np.zeros_like(shown[0])
    shown += [blank] * (-len(shown) % COLUMNS)
    rows = [np.hstack(shown[i : i + COLUMNS]) for i in range(0, len(shown), COLUMNS)]
    grid = np.vstack(rows)
    head = np.zeros((32, grid.shape[1], 3), np.uint8)
    _text(head, f"{clip.set}/{clip.name}: {scene.text}", (8, 22))
    return np.asarray(np.vstack([head, grid]), np.uint8)


def _moments(scene: Scene, at_s: Sequence[float]) -> list[int]:
    """Return the numbers of the clip's frames nearest to moments spread over the scene."""
    times_s = np.linspace(scene.begin_s, scene.end_s, MOMENTS)
    nearest = np.abs(np.array(at_s)[:, None] - times_s).argmin(axis=0)
    return sorted(set(nearest.tolist()))


def _tile(frame: Frame, seen: FrameRecord, record: ClipRecord) -> Image:
    picture = picture_of(frame, seen.tracks, seen.poses, key=False)
    height_px = round(picture.shape[0] * TILE_PX / picture.shape[1])
    tile = cv2.resize(picture, (TILE_PX, height_px), interpolation=cv2.INTER_AREA)
    scale = TILE_PX / frame.width_px
    for *edges_px, score in seen.boxes.get(DETECTED, np.empty((0, 5))).tolist():
        left, top, right, bottom = (round(edge * scale) for edge in edges_px)
        cv2.rectangle(tile, (left, top), (right, bottom), _GREY, 1, cv2.LINE_AA)
        _text(tile, f"{score:.2f}", (left + 2, bottom - 4))
    _text(tile, f"{record.time_s(seen.at):.2f} s", (8, height_px - 8))
    return np.asarray(tile, np.uint8)


def _described(clip: EventClip, alert: AlertSeen) -> str:
    kinds = ", ".join(kind for _, kind in alert.kinds)
    return f"{clip.kind}, {kinds} at {alert.opened_s:.2f} s, highest score {alert.peak_score:.2f}"


def _text(picture: np.ndarray, text: str, at: tuple[int, int]) -> None:
    for shade, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, shade, width, cv2.LINE_AA)
