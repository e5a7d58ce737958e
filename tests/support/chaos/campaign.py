"""Fault after fault on one site, and what came of it all."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from support.chaos import faults_of_redis, faults_of_roles
from support.chaos.judge import Verdict, judge
from support.chaos.scene import Outcome, Scene
from support.chaos.watching import Told
from support.machine_clock import Stopwatch
from support.waiting import eventually

Fault = Callable[[Scene], Outcome]

# In an order in which what costs no frame comes amid events, and the rest between them.
FAULTS: tuple[Fault, ...] = (
    faults_of_roles.kill_worker,
    faults_of_redis.kill_redis,
    faults_of_roles.kill_api,
    faults_of_roles.set_clock_forward,
    faults_of_redis.fill_redis,
    faults_of_roles.set_clock_back,
    faults_of_redis.send_malformed,
    faults_of_roles.cut_rtsp,
    faults_of_redis.pause_redis,
    faults_of_roles.kill_camera,
)
WHOLE = ("camera-1", "camera-2", "worker-1", "worker-2", "api-1", "api-2")
STARTS_WITHIN_S = 90.0
RESUMES_WITHIN_S = 15.0


@dataclass(slots=True)
class Report:
    """What a campaign found.

    Attributes:
        strangers: alerts that belong to no event.
        doubled, gaps, missed: events that the client got twice, was told to be missing, never got.
        memory_mb: by round, of each process by its number.
        slowness: how many times slower than idle the machine was; see support/machine_clock.py.
    """

    outcomes: list[Outcome]
    verdicts: list[Verdict]
    strangers: list[Told]
    doubled: int
    gaps: int
    missed: int
    memory_mb: list[dict[int, tuple[str, float]]]
    slowness: float

    def table(self) -> str:
        """Return the outcomes as Markdown; of faults that came often the slowest."""
        lines = [
            "| fault | told by | told after | healed after | events | lost | doubled | unseen |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for fault in dict.fromkeys(each.fault for each in self.outcomes):
            same = [each for each in self.outcomes if each.fault == fault]
            times = "" if len(same) == 1 else f" (× {len(same)})"
            told_s, healed_s = (
                max(getattr(o, name) for o in same) for name in ("told_s", "healed_s")
            )
            sums = (
                sum(getattr(o, n) for o in same) for n in ("events", "lost", "doubled", "unseen")
            )
            lines.append(
                f"| {fault}{times} | `{same[0].metric}` | {told_s:.1f} s | {healed_s:.1f} s | "
                + " | ".join(map(str, sums))
                + " |"
            )
        return "\n".join(lines)

    def as_json(self) -> str:
        """Return the outcomes as JSON."""
        return json.dumps([asdict(each) for each in self.outcomes])


def make_whole(scene: Scene) -> None:
    """Wait until every role runs, holds its share and decides; start nothing."""
    site = scene.site
    eventually(
        lambda: all(site.metrics(name) for name in WHOLE), STARTS_WITHIN_S, "all roles answer"
    )

    def shares() -> list[int]:
        return [site.held(name) for name in site.of_role("camera")]

    eventually(
        lambda: sum(shares()) == len(site.cameras) and min(shares()) > 0,
        STARTS_WITHIN_S,
        "cameras are shared",
    )
    scene.road_works(site.now())


def run_faults(scene: Scene, faults: Iterable[Fault], until_s: float = float("inf")) -> Report:
    """Bring about faults, each on a site that is whole; judge when all is told.

    Args:
        until_s: no fault begins after this moment.
    """
    stopwatch = Stopwatch()
    outcomes: list[Outcome] = []
    memory = []
    make_whole(scene)
    for fault in faults:
        if time.monotonic() > until_s:
            break
        memory.append(scene.site.memory_mb())
        outcomes.append(fault(scene))
        print(f"{time.strftime('%H:%M:%S')} {outcomes[-1]}", flush=True)
        make_whole(scene)
    until_s, owed = _wait_for_the_last(scene)
    memory.append(scene.site.memory_mb())
    return _report(scene, outcomes, until_s, owed, memory, stopwatch.slowness())


def fault_before(outcomes: Sequence[Outcome], verdict: Verdict) -> Outcome | None:
    """Return the last fault that had begun when an event's alert was due."""
    return next((each for each in reversed(outcomes) if each.begin_s <= verdict.at_s), None)


def _wait_for_the_last(scene: Scene) -> tuple[float, set[str]]:
    """Wait until one more event is told; return up to when, and all that was told by then."""
    scene.during_event()
    time.sleep(4)
    until_s = time.monotonic()
    scene.road_works(scene.site.now())
    owed = scene.stored_events()
    # A client that never gets all is told of by the report.
    end_s = time.monotonic() + RESUMES_WITHIN_S
    while time.monotonic() < end_s and owed - {each.id for each in scene.subscriber.told}:
        time.sleep(0.2)
    return until_s, owed


def _report(
    scene: Scene,
    outcomes: Sequence[Outcome],
    until_s: float,
    owed: set[str],
    memory: list[dict[int, tuple[str, float]]],
    slowness: float,
) -> Report:
    subscriber = scene.subscriber
    blind = [each.blind for each in outcomes if each.blind is not None]
    verdicts, strangers = judge(scene.plays.sessions, scene.truth, subscriber, blind, scene.fps)
    # What came due later may be told later.
    verdicts = [each for each in verdicts if each.at_s <= until_s or not each.seen]
    for verdict in verdicts:
        last = fault_before(outcomes, verdict)
        if last is not None:
            last.events += 1
            last.lost += verdict.lost
            last.doubled += verdict.doubled
            last.unseen += not verdict.seen
    return Report(
        outcomes=list(outcomes),
        verdicts=verdicts,
        strangers=strangers,
        doubled=subscriber.doubled(),
        gaps=subscriber.gaps,
        missed=len(owed - {each.id for each in subscriber.told}),
        memory_mb=memory,
        slowness=slowness,
    )


def grown_mb(report: Report) -> dict[str, float]:
    """Return by how much each role's process grew that lived from the first fault to the last.

    Redis is left out: it fills its bounded streams, and its bound is maxmemory.
    """
    first, last = report.memory_mb[0], report.memory_mb[-1]
    return {
        last[process][0]: last[process][1] - first[process][1]
        for process in first.keys() & last.keys()
        if last[process][0] != "redis"
    }
