"""What happened before a camera in the last days, made up: for tests and pictures of the page."""

import math
import time

import msgspec
import numpy as np

from inference.calibration.blocks import BLOCK_S, Block
from inference.stretches.stretch import Stretch, StretchWindow, priority_of, stretch_id
from inference.types import Kind
from service.calibration_ports import Outlook
from service.stretch_ports import KeptStretch, StretchBounds
from support.calibrations import snapshot
from support.page_site import HEIGHT_PX, WIDTH_PX, PageSite, play
from support.stretches import FPS, FRAMES, held
from tracker.scene_block import SceneBlock, Unwatched
from tracker.types import Float32, PersonId

WEEK_BLOCKS = 7 * 144
CURVE = ((2.6, 0.00002), (2.2, 0.0004), (1.8, 0.01), (1.2, 0.2))


def give_history(site: PageSite, camera: str, *, calibrated: bool = True) -> None:
    """Let a camera have been watched for a week: livelier by day, with an alert now and then."""
    now = int(time.time() // BLOCK_S)
    seed = sum(map(ord, camera))
    blocks = [_block(now - ago, seed) for ago in range(1, WEEK_BLOCKS)]
    calibrations = site.service.dependencies.calibrations
    calibrations.put_blocks(camera, "", blocks)
    if not calibrated:
        return
    made = snapshot(1, camera)
    kinds = tuple(msgspec.structs.replace(kind, curve=CURVE) for kind in made.kinds)
    held = msgspec.structs.replace(made, at=time.time() - 86_400, kinds=kinds)
    calibrations.put_snapshot(held)
    calibrations.put_outlook(
        camera, Outlook(at=time.time(), next=held, frozen=None, alarms=2, days=6.2)
    )


def _block(number: int, seed: int) -> Block:
    of_day = number % 144 / 144
    lively = max(0.0, math.sin((of_day - 0.3) * math.pi * 2))
    noise = (number * 7919 + seed * 104_729) % 997 / 997
    score = 0.9 + 0.7 * lively + 0.5 * noise + (0.6 if noise > 0.985 else 0.0)
    opened = {"movement": 1} if score > 2.3 else {}
    return Block(number, 600.0, {"movement": (score,)}, opened, 1)  # type: ignore[arg-type]


def give_near_miss(
    site: PageSite,
    number: int,
    camera: str,
    ago_s: float,
    *,
    kind: Kind = "movement",
    score: float = 1.8,
) -> str:
    """Let somebody have come near to an alert; return the near miss's id."""
    begin_at, person = time.time() - ago_s, PersonId(camera, "s1", number)
    name = stretch_id(person, begin_at)
    windows = tuple(
        StretchWindow(begin_at + 1.0 + 3 * place / FPS, score, score, _poses(place).tobytes())
        for place in range(10)
    )
    stretch = Stretch(
        id=name,
        camera=camera,
        person=str(person),
        begin_at=begin_at,
        until=windows[-1].at,
        frames=FRAMES,
        fps=FPS,
        model="m",
        held=(held(score, kind, at=begin_at + 1.5),),
        windows=windows,
        complete=True,
        priority=priority_of(1, name),
        alert=None,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
    )
    kept = KeptStretch(stretch=stretch, sampled=False, near=True)
    site.service.dependencies.stretches.put([kept], StretchBounds())
    return name


def _poses(place: int) -> Float32:
    """A window of the play's second person around the fall, three poses after the one before."""
    at = (11.0 + (3 * place + np.arange(FRAMES)) / FPS) * 10.0
    low = np.floor(at).astype(int)
    part = (at - low)[:, None, None]
    joints = play(1).joints[:, 0]
    mixed: Float32 = (joints[low] * (1 - part) + joints[low + 1] * part).astype("<f4")
    return mixed


def give_scene(site: PageSite, camera: str, share: float = 0.03) -> None:
    """Let people have been before a camera for a day, a share of their time not watched."""
    now = int(time.time() // BLOCK_S)
    unwatched: dict[Unwatched, float] = {"too-small": 120.0 * share}
    blocks = [SceneBlock(now - ago, 600.0, 120.0, unwatched) for ago in range(1, 140)]
    site.service.dependencies.scenes.put(camera, "w", blocks)
