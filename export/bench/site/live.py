"""`bench live`: alerts of a running service on real and simulated cameras, measured by a client.

In three phases, each measured by a client on the alert WebSocket:

- *calm*: number of alerts for ordinary pedestrians, on video the model was not trained on;
- *events*: whether every scheduled event of a simulated camera raises exactly one alert;
- *latency*: time from the capture of the deciding frame to the client, at 10 frames/s.

With `--source` in their place one camera is watched as `up` would watch it: any address or file,
such as a fall that an RTSP server plays over and over.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from export.bench.site.service import RunningService
from export.config.configure import footage_path
from tracker.sources.opencv_capture import open_file
from tracker.sources.video_times import look_through

EVENTS = "fall@20,run@45,fight@70"
EVENT_STARTS_S = (20.0, 45.0, 70.0)
LOOP_S = 90.0
# An alert belongs to an event if it opens within this time after the event's start: the motion
# lasts some seconds, fighters first walk up to each other, and a window is 1 s long.
EVENT_WITHIN_S = 15.0
SETTLE_S = 8.0
LIVE_WITHIN_S = 180.0  # weights may have to be fetched first


def calm_phase(video: Path, *, begin: float) -> dict[str, Any]:
    """Play the video once, from a fraction of its length on, and count the alerts."""
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "part.avi"
        seconds = _cut(video, part, begin)
        camera = {"name": "street", "source": str(part)}
        with RunningService([camera]) as service:
            _wait_until(service, "street", "ended", seconds + 60)
            time.sleep(SETTLE_S)
            opened = service.opened()
            notes = service.get("/cameras")[0]["notes"]
            memory_mb = service.memory_mb()
            cpu_s = service.cpu_s()
    return {
        "seconds": round(seconds, 1),
        "alerts": len(opened),
        "peaks": [round(message.event["alert"]["peak_score"], 3) for message in opened],
        "memory_mb": round(memory_mb),
        "cpu_s": round(cpu_s, 1),
        "notes": notes,
    }


def events_phase(*, seed: int, loops: int) -> dict[str, Any]:
    """Run a simulated camera for whole loops and match the alerts with its schedule."""
    source = f"sim:?people=4&fps=15&seed={seed}&events={EVENTS}&loop={LOOP_S:.0f}"
    with RunningService([{"name": "square", "source": source}]) as service:
        time.sleep(loops * LOOP_S + SETTLE_S)
        starts = _session_starts(service)
        opened = [message.event["alert"]["opened_at"] for message in service.opened()]
    # A loop without any alert is not among the starts: its events count as missed.
    raised = [
        sum(0 <= at - start - event <= EVENT_WITHIN_S for at in opened)
        for start in starts[:loops]
        for event in EVENT_STARTS_S
    ]
    expected = loops * len(EVENT_STARTS_S)
    return {
        "seed": seed,
        "events": expected,
        "raised_exactly_once": sum(number == 1 for number in raised),
        "missed": expected - sum(number > 0 for number in raised),
        "doubled": sum(number > 1 for number in raised),
        "other_alerts": len(opened) - sum(raised),
    }


def latency_phase(video: Path, *, seconds: float) -> dict[str, Any]:
    """Raise an alert for every person (threshold 0.01) and measure when it arrives."""
    camera = {"name": "street", "source": f"{video}?loop=1", "threshold": 0.01}
    with RunningService([camera]) as service:
        time.sleep(seconds)
        times = np.array([message.latency_s for message in service.opened()])
        fps = service.get("/cameras")[0]["fps"]
        memory_mb = service.memory_mb()
    p50, p95, worst = np.percentile(times, (50, 95, 100)) if len(times) else (np.nan,) * 3
    return {
        "alerts": len(times),
        "camera_fps": round(fps, 1),
        "p50_ms": round(p50 * 1000),
        "p95_ms": round(p95 * 1000),
        "max_ms": round(worst * 1000),
        "memory_mb": round(memory_mb),
    }


def watch(source: str, *, seconds: float, models: Sequence[Path] = ()) -> dict[str, Any]:
    """Watch one camera without options and say what is raised, and how late it is here.

    Args:
        seconds: from the first frame on.
        models: weights folders.
    """
    camera = {"name": "camera", "source": source}
    with RunningService(
        [camera], site={"model_folders": [str(each) for each in models]}
    ) as service:
        _wait_until(service, "camera", "live", LIVE_WITHIN_S)
        time.sleep(seconds)
        status = service.get("/cameras")[0]
        opened = service.opened()
    return {
        "fps": round(status["fps"], 1),
        "source_fps": round(status["source_fps"], 1),
        "notes": status["notes"],
        "alerts": [
            {
                "kind": message.event["alert"]["kind"],
                "severity": message.event["alert"]["severity"],
                "capture_to_client_ms": round(message.latency_s * 1000),
            }
            for message in opened
        ],
    }


def _cut(video: Path, part: Path, begin: float) -> float:
    """Write the video's frames from the fraction `begin` on as an AVI; return its length, s."""
    times, reader = look_through(video), open_file(video)
    fps, frames = times.fps, times.frames
    size = tuple(int(reader.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    writer = cv2.VideoWriter(str(part), cv2.VideoWriter.fourcc(*"MJPG"), fps, size)
    writer.set(cv2.VIDEOWRITER_PROP_QUALITY, 95)
    first = int(frames * begin)
    for index in range(frames):
        read, image = reader.read()
        if read and index >= first:
            writer.write(image)
    writer.release()
    reader.release()
    return (frames - first) / fps


def _wait_until(service: RunningService, name: str, state: str, within_s: float) -> None:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if any(c["name"] == name and c["state"] == state for c in service.get("/cameras")):
            return
        time.sleep(0.5)
    raise RuntimeError(f"camera {name} was not {state} within {within_s:.0f} s")


def _session_starts(service: RunningService) -> list[float]:
    """Return when the sessions of the received alerts began, oldest first, UTC seconds."""
    sessions = {message.event["alert"]["person"].split("/")[1] for message in service.opened()}
    names = sorted(session.rpartition("-")[0] for session in sessions)
    return [datetime.strptime(f"{name}+0000", "%Y%m%dT%H%M%S.%f%z").timestamp() for name in names]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench live`."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--video", type=footage_path, help="vtest.avi or another calm video")
    what.add_argument("--source", help="watch this camera instead: an address or a file")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long --source is watched")
    parser.add_argument(
        "--models", type=Path, action="append", default=[], help="weights folder for --source"
    )
    parser.add_argument("--begin", type=float, default=0.5, help="fraction to skip for *calm*")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7], help="simulator seeds")
    parser.add_argument("--loops", type=int, default=1, help="loops of each simulated schedule")
    parser.add_argument("--latency-seconds", type=float, default=60.0)
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Run the three phases one after the other, or watch one camera, and print the figures."""
    if arguments.source is not None:
        seen = watch(arguments.source, seconds=arguments.seconds, models=arguments.models)
        print(json.dumps(seen) if arguments.json else told(seen))
        return
    figures: dict[str, Any] = {
        "calm": calm_phase(arguments.video, begin=arguments.begin),
        "events": [events_phase(seed=seed, loops=arguments.loops) for seed in arguments.seeds],
        "latency": latency_phase(arguments.video, seconds=arguments.latency_seconds),
    }
    if arguments.json:
        print(json.dumps(figures))
        return
    print("part     figures")
    print(f"calm     {figures['calm']}")
    for row in figures["events"]:
        print(f"events   {row}")
    print(f"latency  {figures['latency']}")


def told(seen: dict[str, Any]) -> str:
    """Return the figures of `watch` as text."""
    lines = [f"{seen['fps']} of {seen['source_fps']} frames/s  {'; '.join(seen['notes'])}".rstrip()]
    for alert in seen["alerts"]:
        late = f"{alert['capture_to_client_ms']} ms after its frame was captured"
        lines.append(f"{alert['kind']} ({alert['severity']}), {late}")
    return "\n".join([*lines, f"{len(seen['alerts'])} alerts"])
