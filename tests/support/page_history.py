"""What happened before a camera in the last days, made up: for tests and pictures of the page."""

import math
import time
from pathlib import Path

import msgspec
import numpy as np

from inference.calibration.blocks import BLOCK_S, Block
from inference.stretches.stretch import (
    STRETCH_S,
    Stretch,
    StretchWindow,
    priority_of,
    stretch_id,
)
from inference.types import Alert, Kind
from service.ports.calibrations import Outlook
from service.ports.stretches import KeptStretch, StretchBounds
from support.api import SpeedFlow
from support.calibrations import snapshot
from support.model_changes import worker
from support.page_site import HEIGHT_PX, WIDTH_PX, PageSite, play
from support.small_model import CARD, write_model
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


def give_scores(site: PageSite, alert: Alert) -> None:
    """Let the scores of an alert's person be kept from ten seconds before it opened to its end."""
    begin_at = (alert.opened_at - 10.0) // STRETCH_S * STRETCH_S
    until = alert.closed_at or alert.opened_at + 20.0
    kept = []
    while begin_at < until:
        kept.append(KeptStretch(stretch=_of_alert(alert, begin_at), sampled=False, near=False))
        begin_at += STRETCH_S
    site.service.dependencies.stretches.put(kept, StretchBounds())


def _of_alert(alert: Alert, begin_at: float) -> Stretch:
    """Ten seconds of an alert's person: lively from when it opened on."""
    camera, session, number = alert.person.rsplit("/", 2)
    name = stretch_id(PersonId(camera, session, int(number)), begin_at)
    windows = []
    for place in range(80):
        at = begin_at + place / 8
        wave = 0.25 * math.sin(at * 1.7) + 0.12 * math.sin(at * 5.1)
        score = (2.5 if alert.opened_at - 1 < at < alert.opened_at + 6 else 1.3) + wave
        windows.append(StretchWindow(at, score, score, _poses(0).tobytes()))
    high = max(each.nll for each in windows)
    lively = high > alert_threshold(alert)
    kinds = (held(high, at=begin_at), *(
        held(1.4 if lively else 0.6, each.kind, 1.0, begin_at)
        for each in alert.kinds if each.kind != "movement"
    ))  # fmt: skip
    return Stretch(
        id=name,
        camera=camera,
        person=alert.person,
        begin_at=begin_at,
        until=windows[-1].at,
        frames=FRAMES,
        fps=FPS,
        model="m",
        held=kinds,
        windows=tuple(windows),
        complete=True,
        priority=priority_of(1, name),
        alert=alert.id,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
    )


def alert_threshold(alert: Alert) -> float:
    """Return the threshold of movement, whatever the alert is about."""
    found = (each.threshold for each in alert.kinds if each.kind == "movement")
    return next(found, 2.0)


def _poses(place: int) -> Float32:
    """A window of the play's second person around the fall, three poses after the one before."""
    at = (11.0 + (3 * place + np.arange(FRAMES)) / FPS) * 10.0
    low = np.floor(at).astype(int)
    part = (at - low)[:, None, None]
    joints = play(1).joints[:, 0]
    mixed: Float32 = (joints[low] * (1 - part) + joints[low + 1] * part).astype("<f4")
    return mixed


def give_model(site: PageSite, folder: Path, name: str = "harbour") -> str:
    """Register a model that fits, and let a worker have it; return its SHA-256."""
    own = SpeedFlow().card
    card = msgspec.structs.replace(
        CARD, name=name, frames=own.frames, fps=own.fps, weights_hash="1" * 64
    )
    file = write_model(folder / f"{name}.onnx", card, frames=own.frames).read_bytes()
    made = site.service.dependencies.model_changes.register(file, "ann").sha256
    site.service.site_status.heartbeat(worker(time.time(), made))
    return made


def give_scene(site: PageSite, camera: str, share: float = 0.03) -> None:
    """Let people have been before a camera for a day, a share of their time not watched."""
    now = int(time.time() // BLOCK_S)
    unwatched: dict[Unwatched, float] = {"too-small": 120.0 * share}
    blocks = [SceneBlock(now - ago, 600.0, 120.0, unwatched) for ago in range(1, 140)]
    site.service.dependencies.scenes.put(camera, "w", blocks)
