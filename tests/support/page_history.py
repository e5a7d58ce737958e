"""What happened before a camera in the last days, made up: for tests and pictures of the page."""

import math
import time

import msgspec

from inference.calibration.blocks import BLOCK_S, Block
from service.calibration_ports import Outlook
from support.calibrations import snapshot
from support.page_site import PageSite

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
