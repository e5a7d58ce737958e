"""Runs one fault after the other on a site and reports the results."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

from support.chaos import faults_of_archive, faults_of_redis, faults_of_roles
from support.chaos.archive import ArchivePlace, has_all, told_versions, wrong_in_archive
from support.chaos.scene import Outcome, Scene
from support.chaos.verdicts import Blind, Verdict, match_alerts
from support.chaos.watching import AlertMessage
from support.machine_clock import Stopwatch
from support.rtsp import RtspServer
from support.waiting import PATIENCE_S, eventually

Fault = Callable[[Scene], Outcome]

# Ordered so that faults that lose no frames happen during events, and the others between them.
FAULTS: tuple[Fault, ...] = (
    faults_of_roles.kill_worker,
    faults_of_redis.kill_redis,
    faults_of_roles.kill_api,
    faults_of_roles.set_clock_forward,
    faults_of_redis.fill_redis,
    faults_of_archive.lock_archive,
    faults_of_roles.set_clock_back,
    faults_of_redis.send_malformed,
    faults_of_roles.cut_rtsp,
    faults_of_archive.fill_archive,
    faults_of_redis.pause_redis,
    faults_of_roles.kill_camera,
)
WHOLE = ("camera-1", "camera-2", "worker-1", "worker-2", "api-1", "api-2")
STARTS_WITHIN_S = RESUMES_WITHIN_S = PATIENCE_S


@dataclass(slots=True)
class Report:
    """The results of a campaign.

    Attributes:
        unexpected: alerts without an event.
        archive: what the archive lost, doubled or made up.
        receivers: what they lost, or got in another order or under another key.
        doubled, gaps, missed: events received twice, announced as missing, and never received.
        memory_mb: by round, of each process by its number.
        slowness: how many times slower than idle the machine was; see support/machine_clock.py.
    """

    outcomes: list[Outcome]
    verdicts: list[Verdict]
    unexpected: list[AlertMessage]
    archive: list[str]
    receivers: list[str]
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

    def wrong(self) -> list[str]:
        """Describe the events that were lost or doubled, with the fault before them."""
        return [
            f"{each.camera} {'lost' if each.lost else 'doubled'} at {each.at_s:.1f} s, "
            f"after {before.fault if (before := fault_before(self.outcomes, each)) else 'nothing'}"
            f", {each.partings} partings: {[message.summary() for message in each.alerts]}"
            for each in self.verdicts
            if each.lost or each.doubled
        ]

    def as_json(self) -> str:
        """Return the outcomes as JSON."""
        return json.dumps([asdict(each) for each in self.outcomes])


def possible(
    faults: Sequence[Fault], gate: RtspServer | None, archive: ArchivePlace
) -> list[Fault]:
    """Return the faults that a site with this camera and this archive can have."""
    impossible: set[Fault] = set()
    if gate is None:
        impossible.add(faults_of_roles.cut_rtsp)
    if archive.file is None:
        impossible.add(faults_of_archive.lock_archive)
    if archive.disk is None:
        impossible.add(faults_of_archive.fill_archive)
    if archive.server is None:
        impossible.add(faults_of_archive.kill_archive)
    return [fault for fault in faults if fault not in impossible]


def wait_until_whole(scene: Scene) -> None:
    """Wait until every role runs, holds its share and decides; start nothing."""
    site = scene.site
    eventually(
        lambda: all(site.metrics(name) for name in scene.whole), STARTS_WITHIN_S, "all roles answer"
    )

    def shares() -> list[int]:
        return [site.held(name) for name in site.of_role("camera")]

    eventually(
        lambda: sum(shares()) == len(site.cameras) and min(shares()) > 0,
        STARTS_WITHIN_S,
        "cameras are shared",
    )
    scene.wait_until_decided(site.now())


def run_faults(scene: Scene, faults: Iterable[Fault], until_s: float = float("inf")) -> Report:
    """Run the faults, each on a site that works, then match all alerts with the events.

    Args:
        until_s: no fault begins after this moment.
    """
    stopwatch = Stopwatch()
    outcomes: list[Outcome] = []
    memory = []
    wait_until_whole(scene)
    receivers = scene.receivers
    if receivers is not None:
        receivers.begin(scene.site, scene.subscriber.messages)
    # Before, windows wait for the first worker, and those that grow too old are dropped.
    starting = Blind(float("-inf"), time.monotonic())
    for fault in faults:
        if time.monotonic() > until_s:
            break
        memory.append(scene.site.memory_mb())
        if receivers is not None:
            receivers.worsen()
        outcomes.append(fault(scene))
        print(f"{time.strftime('%H:%M:%S')} {outcomes[-1]}", flush=True)
        wait_until_whole(scene)
    if receivers is not None:
        receivers.recover()
    until_s, owed = _wait_for_the_last(scene)
    memory.append(scene.site.memory_mb())
    blind = [starting, *(each.blind for each in outcomes if each.blind is not None)]
    verdicts, unexpected = match_alerts(
        scene.plays.sessions, scene.truth, scene.subscriber, blind, scene.fps
    )
    # Alerts due later may arrive later.
    verdicts = [each for each in verdicts if each.at_s <= until_s or not each.seen]
    _count_by_fault(outcomes, verdicts)
    return Report(
        outcomes=outcomes,
        verdicts=verdicts,
        unexpected=unexpected,
        archive=wrong_in_archive(scene.site, scene.notes),
        receivers=[] if receivers is None else receivers.wrong(scene.subscriber.messages),
        doubled=scene.subscriber.doubled(),
        gaps=scene.subscriber.gaps,
        missed=len(owed - {each.id for each in scene.subscriber.messages}),
        memory_mb=memory,
        slowness=stopwatch.slowness(),
    )


def fault_before(outcomes: Sequence[Outcome], verdict: Verdict) -> Outcome | None:
    """Return the last fault that had begun when an event's alert was due."""
    return next((each for each in reversed(outcomes) if each.begin_s <= verdict.at_s), None)


def _wait_for_the_last(scene: Scene) -> tuple[float, set[str]]:
    """Wait until one more event is sent; return the time, and the ids of all events by then."""
    scene.during_event()
    time.sleep(4)
    until_s = time.monotonic()
    scene.wait_until_decided(scene.site.now())
    owed = scene.stored_events()
    told = told_versions(scene.site)
    # However slow the machine is, the archive has it in the end; what it has not then is lost.
    with suppress(AssertionError):
        eventually(lambda: has_all(scene.site, told), what="the archive has caught up")
    # If the client never receives all of them, the report says so.
    end_s = time.monotonic() + RESUMES_WITHIN_S
    while time.monotonic() < end_s and owed - {each.id for each in scene.subscriber.messages}:
        time.sleep(0.2)
    return until_s, owed


def _count_by_fault(outcomes: Sequence[Outcome], verdicts: Sequence[Verdict]) -> None:
    """Count each verdict at the last fault before it."""
    for verdict in verdicts:
        last = fault_before(outcomes, verdict)
        if last is not None:
            last.events += 1
            last.lost += verdict.lost
            last.doubled += verdict.doubled
            last.unseen += not verdict.seen


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
