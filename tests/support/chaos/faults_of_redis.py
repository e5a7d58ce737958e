"""Faults of Redis and of what lies in it: each leaves the site whole again."""

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import redis

from service.adapters.redis import keys
from support.chaos.scene import HEALED_WITHIN_S, Outcome, Scene
from support.chaos.verdicts import Blind
from support.waiting import eventually

PAUSE_S = 10.0
FULL_S = 3.0
HOLD_S = 3.5  # an alert opens at most this long after somebody began to fall
FILLERS = (1 << 20, 1 << 14, 256)  # bytes
JUNK = b"\x02\xff not ours"
GHOST = "ghost"
JUNK_TOLD_BY: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("worker", "windows_dead_total", {"reason": "malformed"}),
    ("worker", "score_requests_dropped_total", {"reason": "malformed"}),
    ("api", "scores_ignored_total", {"reason": "malformed"}),
    ("api", "entries_malformed_total", {"kind": "event"}),
    ("api", "entries_malformed_total", {"kind": "board"}),
)


def kill_redis(scene: Scene) -> Outcome:
    """Kill Redis and start it again on its append-only file half a second later."""
    site = scene.site
    scene.calm_phase(3.0)
    before = _errors(scene)
    begin_s = time.monotonic()
    site.redis.kill()
    site.redis.wait()
    time.sleep(0.5)
    site.start_redis()
    since = site.now()
    told_s = _told(scene, before, begin_s)
    scene.wait_until_decided(since)
    healed_s = time.monotonic()
    return Outcome(
        fault="kill -9 Redis, start it again",
        begin_s=begin_s,
        told_s=told_s,
        healed_s=healed_s - begin_s,
        metric="store_errors_total",
        limits=(2.0, 5.0),
        blind=Blind(begin_s, healed_s),
    )


def pause_redis(scene: Scene) -> Outcome:
    """Stop Redis for 10 s: leases run out meanwhile, and everybody comes back at once."""
    site = scene.site  # in no calm: none is as long as that
    before = _errors(scene)
    begin_s = time.monotonic()
    site.redis.send_signal(signal.SIGSTOP)
    try:
        told_s = _told(scene, before, begin_s)
        time.sleep(max(0.0, begin_s + PAUSE_S - time.monotonic()))
    finally:
        site.redis.send_signal(signal.SIGCONT)
    since, back_s = site.now(), time.monotonic()
    scene.wait_until_decided(since)
    healed_s = time.monotonic()
    return Outcome(
        fault=f"pause Redis for {PAUSE_S:g} s",
        begin_s=begin_s,
        told_s=told_s,
        healed_s=healed_s - back_s,
        metric="store_errors_total",
        limits=(4.0, 6.0),
        blind=Blind(begin_s, healed_s),
    )


def fill_redis(scene: Scene) -> Outcome:
    """Fill Redis up while an alert is due: it is told once there is room again.

    The APIs are held until the scores that raise the alert lie in Redis, so that it is surely the
    alert itself that finds no room.
    """
    site = scene.site
    apis = [site.roles[name] for name in site.of_role("api")]
    before = _errors(scene)
    scene.during_event(0.0)
    held_s = time.monotonic()
    for api in apis:
        api.send_signal(signal.SIGSTOP)
    try:
        time.sleep(HOLD_S)
        filling_s = time.monotonic()
        _fill(scene)
        alerts, begin_s = _alerts(scene), time.monotonic()
    finally:
        for api in apis:
            api.send_signal(signal.SIGCONT)
    told_s = _told(scene, before, begin_s, meanwhile=partial(_fill, scene))
    while time.monotonic() < begin_s + FULL_S:
        _fill(scene)
        time.sleep(0.05)
    assert _alerts(scene) == alerts, "an alert was written although there was no room"
    _empty(scene)
    since, back_s = site.now(), time.monotonic()
    eventually(lambda: _alerts(scene) > alerts, HEALED_WITHIN_S, "the alert that waited")
    scene.wait_until_decided(since)
    healed_s = time.monotonic()
    return Outcome(
        fault=f"fill Redis up for {FULL_S:g} s",
        begin_s=held_s,  # the fall that waits is this fault's
        told_s=told_s,
        healed_s=healed_s - back_s,
        metric="store_errors_total",
        limits=(2.0, 6.0),
        blind=Blind(filling_s, healed_s),
    )


def send_malformed(scene: Scene) -> Outcome:
    """Put junk wherever anybody reads: each reader counts it and goes past it."""
    site = scene.site

    def counts() -> list[float]:
        return [site.total(role, name, **labels) for role, name, labels in JUNK_TOLD_BY]

    scene.during_event()
    before = counts()
    since, begin_s = site.now(), time.monotonic()
    _send_junk(scene)

    def all_told() -> bool:
        site.get("/cameras")  # else nobody reads the board
        return all(now > then for now, then in zip(counts(), before, strict=True))

    eventually(all_told, HEALED_WITHIN_S, f"{JUNK_TOLD_BY} tell of the junk")
    told_s = time.monotonic() - begin_s
    scene.wait_until_decided(since)
    healed_s = time.monotonic() - begin_s
    site.client.delete(keys.status_entry("camera", GHOST))
    site.client.zrem(keys.status_names("camera"), GHOST)
    return Outcome(
        fault="malformed entries everywhere",
        begin_s=begin_s,
        told_s=told_s,
        healed_s=healed_s,
        metric="windows_dead_total and four more",
        limits=(3.0, 2.0),
    )


def _send_junk(scene: Scene) -> None:
    """Put junk into every stream, and onto the board under a camera's name that no site has."""
    client, camera = scene.site.client, scene.site.cameras[0]
    entries: tuple[Any, ...] = ({b"x": JUNK}, {b"h": JUNK, b"n": b"12345678", b"j": JUNK})
    for fields in entries:  # Any: redis-py's own dict is invariant in its keys
        client.xadd(keys.windows(0), fields)
        client.xadd(keys.REQUESTS, fields)
    client.xadd(keys.ONE_SHARD.scores(camera), {b"s": JUNK})
    client.xadd(keys.ONE_SHARD.scores(camera), {b"x": b""})
    client.xadd(keys.ALERT_EVENTS, {b"e": JUNK})
    client.set(keys.status_entry("camera", GHOST), JUNK)
    client.zadd(keys.status_names("camera"), {GHOST: scene.site.now()})


def _alerts(scene: Scene) -> int:
    return int(scene.site.client.zcard(keys.ALERTS_BY_TIME))


def _errors(scene: Scene) -> dict[str, float]:
    return {
        role: scene.site.total(role, "store_errors_total") for role in ("camera", "worker", "api")
    }


def _told(
    scene: Scene,
    before: dict[str, float],
    begin_s: float,
    meanwhile: Callable[[], None] = lambda: None,
) -> float:
    """Wait until every role counts calls without an answer; return how long it took."""

    def told() -> bool:
        meanwhile()
        return all(value > before[role] for role, value in _errors(scene).items())

    eventually(told, HEALED_WITHIN_S, "all roles count errors")
    return time.monotonic() - begin_s


def _fill(scene: Scene) -> None:
    """Write until Redis refuses even little."""
    for size in FILLERS:
        with suppress(redis.ResponseError):
            for _ in range(1000):
                scene.site.client.rpush("filler", b"x" * size)


def _empty(scene: Scene) -> None:
    scene.site.client.delete("filler")
