"""Starts a site to break, with those who observe it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from support.chaos.archive import ArchivePlace
from support.chaos.campaign import WHOLE
from support.chaos.receivers import Receivers
from support.chaos.scene import Scene
from support.chaos.site import Site
from support.chaos.truth import decide_offline
from support.chaos.watching import Plays, Subscriber
from support.rtsp import RtspServer
from tracker.simulator.source import Simulation

WEIGHTS = Path.home() / ".cache" / "posewarden" / "models"
FPS = 10
EVERY_S = 14
THRESHOLD = 1.6  # tells nearly every fall of these seeds within 3 s for an hour, and nothing else
# By camera: the seed, and when somebody falls first. They alternate.
PLAYS = {"east": (0, 5), "north": (2, 12)}


@contextmanager
def staged(
    folder: Path,
    seconds: float,
    gate: RtspServer | None = None,
    server: str = "redis",
    *,
    archive: ArchivePlace,
    whole: Sequence[str] = WHOLE,
    receivers: Receivers | None = None,
) -> Iterator[Scene]:
    """Run a whole site with its observers; all is killed in the end.

    Args:
        seconds: for so long somebody falls now and then.
        gate: an RTSP server with a mount named cam; None: the site has no such camera.
        server: redis or valkey.
        archive: where the site keeps its archive; a file of it lies in folder / "data".
        whole: the processes to start.
        receivers: of its alerts; None: it has no outputs.
    """
    plans = {name: _plan(seed, first_s, seconds) for name, (seed, first_s) in PLAYS.items()}
    sources = {
        name: "sim:?" + "&".join(map("=".join, plan.items())) for name, plan in plans.items()
    }
    if gate is not None:
        sources["gate"] = gate.url("cam")
    cameras = [
        {"name": name, "threshold": THRESHOLD, "source": source} for name, source in sources.items()
    ]
    with ExitStack() as stack:
        site = Site(
            folder,
            stack,
            cameras,
            server=server,
            weights=WEIGHTS,
            archive=archive.url,
            outputs=() if receivers is None else receivers.settings(),
        )
        site.start_redis()
        for name in whole:
            site.start(name)
        # While the roles start.
        truth = {
            name: decide_offline(Simulation.parse(plan), seconds, THRESHOLD)
            for name, plan in plans.items()
        }
        subscriber = Subscriber([site.ports[name] for name in whole if name.startswith("api")])
        plays = Plays(site.redis_port, list(plans))
        for watcher in (subscriber, plays):
            thread = threading.Thread(target=watcher.run, daemon=True)
            thread.start()
            stack.callback(thread.join, 5)
            stack.callback(watcher.stop)
        yield Scene(
            site=site,
            subscriber=subscriber,
            plays=plays,
            truth=truth,
            fps=FPS,
            archive=archive,
            whole=whole,
            gate=gate,
            receivers=receivers,
        )


def _plan(seed: int, first_s: int, seconds: float) -> dict[str, str]:
    events = ",".join(f"fall@{at}" for at in range(first_s, int(seconds) - EVERY_S, EVERY_S))
    return {"people": "3", "fps": str(FPS), "seed": str(seed), "events": events}
