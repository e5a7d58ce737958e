"""Faults of our own processes, of cameras and of clocks: each leaves the site whole again."""

import signal
import time

from service.adapters.redis import keys
from support.chaos.scene import HEALED_WITHIN_S, Outcome, Scene
from support.chaos.verdicts import Blind
from support.waiting import eventually

SET_S = 3600.0
DARK_S = 2.0


def kill_worker(scene: Scene) -> Outcome:
    """Kill a worker amid its work: the other one takes its claims over."""
    site = scene.site
    victim = site.of_role("worker")[0]
    process = site.roles[victim]
    scene.during_event()

    def caught_with_claims() -> bool:
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        if _claims_of(scene, process.pid):
            return True
        process.send_signal(signal.SIGCONT)
        return False

    eventually(caught_with_claims, what="a worker with claims")
    begin_s = time.monotonic()
    site.kill(victim)
    before = site.total("worker", "claims_taken_over_total")
    taken = lambda: site.total("worker", "claims_taken_over_total") > before  # noqa: E731 -- said once
    eventually(taken, HEALED_WITHIN_S, "claims taken over")
    told_s = time.monotonic() - begin_s
    eventually(lambda: not _claims_of(scene, process.pid), HEALED_WITHIN_S, "none left")
    healed_s = time.monotonic() - begin_s
    site.start(victim)
    return Outcome(
        fault="kill -9 a worker",
        begin_s=begin_s,
        told_s=told_s,
        healed_s=healed_s,
        metric="claims_taken_over_total",
        limits=(2.5, 2.5),
    )


def kill_api(scene: Scene) -> Outcome:
    """Kill the API that decides, while somebody falls: the other one decides within 5 s."""
    scene.during_event()
    return _kill_holder(scene, "api", fault="kill -9 the deciding API", limits=(5.0, 6.0))


def kill_camera(scene: Scene) -> Outcome:
    """Kill a camera process: its cameras are the other one's within 10 s, in new sessions."""
    scene.calm_phase(1.0)
    return _kill_holder(scene, "camera", fault="kill -9 a camera process", limits=(10.0, 10.0))


def cut_rtsp(scene: Scene) -> Outcome:
    """Take an RTSP camera's server away: it is lost, and watched again soon after the return."""
    site, gate = scene.site, scene.gate
    assert gate is not None, "the site has no camera to cut off"

    def up() -> float:
        return site.total("camera", "camera_up", camera="gate")

    def gives_frames() -> float:
        return site.total("camera", "camera_fps", camera="gate")

    eventually(up, HEALED_WITHIN_S, "gate is live")
    begin_s = time.monotonic()
    gate.kill()
    eventually(lambda: not up(), HEALED_WITHIN_S, "gate is lost")
    told_s = time.monotonic() - begin_s
    time.sleep(max(0.0, DARK_S - told_s))
    gate.start()
    back_s = time.monotonic()
    eventually(gives_frames, HEALED_WITHIN_S, "gate is watched again")
    healed_s = time.monotonic() - back_s
    eventually(up, HEALED_WITHIN_S, "gate is live again")
    return Outcome(
        fault=f"cut RTSP for {DARK_S:g} s",
        begin_s=begin_s,
        told_s=told_s,
        healed_s=healed_s,
        metric='camera_up, camera_fps{camera="gate"}',
        limits=(5.0, 3.0),
    )


def set_clock_forward(scene: Scene) -> Outcome:
    """Set the wall clock an hour ahead."""
    return _set_clock(scene, SET_S)


def set_clock_back(scene: Scene) -> Outcome:
    """Set the wall clock to an hour before."""
    return _set_clock(scene, -SET_S)


def _kill_holder(scene: Scene, role: str, *, fault: str, limits: tuple[float, float]) -> Outcome:
    """Kill the process of a role that holds most cameras; the role must soon hold all again."""
    site = scene.site
    victim = max(site.of_role(role), key=site.held)
    since, begin_s = site.now(), time.monotonic()
    site.kill(victim)
    eventually(lambda: site.total(role, "cameras_held") == len(site.cameras), HEALED_WITHIN_S)
    told_s = time.monotonic() - begin_s
    scene.wait_until_decided(since)
    healed_s = time.monotonic() - begin_s
    site.start(victim)
    return Outcome(
        fault=fault,
        begin_s=begin_s,
        told_s=told_s,
        healed_s=healed_s,
        metric=f'cameras_held{{role="{role}"}}',
        limits=limits,
    )


def _set_clock(scene: Scene, by_s: float) -> Outcome:
    site = scene.site
    scene.calm_phase(2.0)
    before = {name: site.metrics(name) for name in site.roles}
    begin_s = time.monotonic()
    site.set_clock(site.clock_offset_s + by_s)
    since = site.now()
    scene.wait_until_decided(since)
    healed_s = time.monotonic()

    def told() -> bool:
        return all(
            value > before[name].get(series, 0)
            for name in before
            for series, value in site.metrics(name).items()
            if series.startswith("clock_steps_total")
        )

    eventually(told, HEALED_WITHIN_S, "all roles count it")
    return Outcome(
        fault=f"set the clock {abs(by_s) / 3600:g} h {'ahead' if by_s > 0 else 'back'}",
        begin_s=begin_s,
        told_s=time.monotonic() - begin_s,
        healed_s=healed_s - begin_s,
        metric="clock_steps_total",
        limits=(3.0, 3.0),
        blind=Blind(begin_s, healed_s),
    )


def _claims_of(scene: Scene, pid: int) -> int:
    consumers = scene.site.client.xinfo_consumers(keys.windows(0), keys.WORKER_GROUP)
    return sum(each["pending"] for each in consumers if f"-{pid}-" in each["name"].decode())
