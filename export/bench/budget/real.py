"""Keeps a budget on real people: poses of public videos in which nothing happens, held out.

There are hours of them, not months. So the promise is by the hour, and what is a day to the service
is 72 minutes here: 144 blocks of 30 seconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from export.bench.budget.library import Held, experienced, held_within
from export.bench.budget.months import LivedBlock
from export.bench.events.live_rule import LiveRule, decide, score, send
from export.bench.events.pose_sets import PoseSet, read_aihub, read_training_scenes
from export.data.clips import Clip
from export.data.labelled import LabelledClip, all_normal
from inference.calibration.blocks import BLOCK_S, Block, peaks
from inference.calibration.budget import Budget
from inference.calibration.calibrate import CalibrationInput, KindLimits, calibrate
from inference.calibration.footage import footage
from inference.ports import FlowModel
from inference.types import Kind

REAL_BLOCK_S = 30.0
SLOTS_A_BLOCK = 2
# Hours that stand for a day.
DAY_H = 144 * REAL_BLOCK_S / 3600
LEVELS_PER_HOUR = (1.0, 3.0, 10.0)


@dataclass(frozen=True, slots=True, eq=False)
class RealClip:
    """One video as its camera process would have sent it.

    Attributes:
        camera: its name.
        held: what the rules held in each slot of 15 s, by kind.
        blocks: peaks of each 30 s, by kind; of a camera that knows its usual scores.
    """

    camera: str
    hours: float
    held: Held
    blocks: Sequence[Mapping[Kind, tuple[float, ...]]]


def real_clips(
    flow: FlowModel,
    rule: LiveRule,
    *,
    hr_shanghaitech: Path | None,
    aihub: Path | None,
    every: int = 1,
) -> Iterator[RealClip]:
    """Yield the ordinary clips of the sets that are there.

    Args:
        every: of HR-ShanghaiTech each so many-th video of a camera.

    Raises:
        ConfigError: a folder is not laid out like its set.
        BadPoses: files are not usable.
    """
    if hr_shanghaitech is not None:
        for scene, found in read_training_scenes(hr_shanghaitech).items():
            yield from _of_camera(f"hr-{scene}", found, found.clips[::every], flow, rule)
    if aihub is not None:
        found = read_aihub(aihub)
        for clip in found.clips:
            ordinary = _before_event(clip)
            yield from _of_camera(f"aihub-{ordinary.clip.name}", found, [ordinary], flow, rule)


def _before_event(labelled: LabelledClip) -> LabelledClip:
    """Return the part of a clip before its abnormal block."""
    begin = int(np.argmax(labelled.abnormal)) if labelled.abnormal.any() else len(labelled.abnormal)
    people = {
        number: replace(
            person,
            frames=person.frames[person.frames < begin],
            joints=person.joints[person.frames < begin],
        )
        for number, person in labelled.clip.people.items()
    }
    clip = Clip(labelled.clip.name, labelled.clip.fps, people)
    return LabelledClip(clip, labelled.scene, labelled.number, all_normal(clip))


def _of_camera(
    camera: str,
    source: PoseSet,
    clips: Sequence[LabelledClip],
    flow: FlowModel,
    rule: LiveRule,
) -> Iterator[RealClip]:
    """Yield one camera's clips, judged by what it has learned of usual scores from all of them."""
    learnt, played = rule.camera(), []
    for clip in clips:
        record = source.record(clip)
        if not record.frames:
            continue
        sent = send(record, rule.windows)
        scores = score(sent, flow)
        decide(record, sent, scores, rule, learnt)
        played.append((record, sent, scores))
    for record, sent, scores in played:
        held, _ = held_within(record, sent, scores, rule, experienced(learnt, rule))
        hours = len(record.frames) / record.fps / 3600
        number = max(int(hours * 3600 / REAL_BLOCK_S), 1)
        blocks = [_block(held, place) for place in range(number)]
        yield RealClip(camera, hours, held, blocks)


def _block(held: Mapping[Kind, Mapping[int, float]], place: int) -> dict[Kind, tuple[float, ...]]:
    first = place * SLOTS_A_BLOCK
    found = {
        kind: peaks({slot: slots[slot] for slot in range(first, first + 2) if slot in slots})
        for kind, slots in held.items()
    }
    return {kind: high for kind, high in found.items() if high}


def thresholds_for(
    clips: Sequence[RealClip], per_hour: float, limits: Mapping[Kind, KindLimits]
) -> dict[Kind, float] | None:
    """Return the thresholds that these clips call for, as the service would make them.

    None where they are too short: the service would say so, and keep the model card's.
    """
    found = [block for clip in clips for block in clip.blocks]
    blocks = [Block(number, BLOCK_S, high, {}) for number, high in enumerate(found)]
    snapshot = calibrate(
        CalibrationInput(
            camera="real",
            at=0.0,
            recipe="real",
            budget=Budget(per_hour * DAY_H),
            limits=limits,
            footage=footage(blocks),
        ),
        "real",
    )
    if snapshot.level == "card":
        return None
    return {each.kind: each.thresholds[0] for each in snapshot.kinds}


def alarms_in(clips: Sequence[RealClip], thresholds: Mapping[Kind, float]) -> tuple[int, float]:
    """Return how many alerts open at these thresholds, and in how many hours."""
    alarms = sum(LivedBlock(0, clip.held).alarms(thresholds) for clip in clips)
    return alarms, sum(clip.hours for clip in clips)


def splits(
    clips: Sequence[RealClip], by: str, number: int, rng: np.random.Generator
) -> Iterator[tuple[list[RealClip], list[RealClip]]]:
    """Yield so many random halves: to calibrate by, and held out.

    Args:
        by: `camera`: no camera is in both; `video`: of each camera some videos are in either.
    """
    for _ in range(number):
        names = [clip.camera if by == "camera" else str(place) for place, clip in enumerate(clips)]
        known = sorted(set(names))
        chosen = set(rng.permutation(known)[: len(known) // 2].tolist())
        yield (
            [clip for clip, name in zip(clips, names, strict=True) if name in chosen],
            [clip for clip, name in zip(clips, names, strict=True) if name not in chosen],
        )
