"""`posewarden up`: runs every role of a site on one machine and restarts those that end."""

import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from service.adapters.database.site import has_people
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.connection import connect
from service.adapters.redis.disk_guard import DiskGuard
from service.adapters.redis.embedded import EmbeddedRedis
from service.adapters.redis.site_store import RedisSiteStore
from service.config.environment import PREFIX
from service.config.exposure import require_proof
from service.config.settings import Settings
from service.config.site_watch import CHECK_EVERY_S, SiteWatch
from service.config.web_access import tls_context
from service.lifecycle import RESTART_BACKOFF, listen, process_name
from service.process.child_role import ChildRole
from service.process.logs import LogOptions
from service.process.standby import Standby
from service.process.startup_report import StartupReport
from tracker.child_process import isolated
from tracker.errors import StoreUnavailable, WardenError

log = logging.getLogger(__name__)
POLL_S = 0.1
GUARD_EVERY_S = 1.0
GUARD_TIMEOUT_S = 0.5  # the roles are looked after by the same thread
# Upstream first, so that claimed windows are finished. Each role gets what it may need itself: the
# API, whose clients have 2 s to take their answers and whose loops have 1.5 s, must not be killed
# because cameras were slow to end. Idle roles take a fraction of it; all together stay below the
# 10 s after which container engines kill.
STOP_WITHIN_S = {"camera": 2.5, "worker": 1.5, "api": 5.0}
# Python's own part of a frame, which one process cannot spread over cores, is a fiftieth of the
# whole: one process could feed some thirty cores. Well below that nobody waits for it.
CORES_PER_CAMERA_PROCESS = 8

# Cameras take all the processor time they get, in many threads. Beside them the others would start
# slowly and decide late: after a restart of a busy site nobody could be alerted for 20 s and more.
NICENESS = {"camera": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildOptions:
    """What every child gets on its command line.

    Attributes:
        config: the site's file; None without one.
        log: format and level of the logs.
    """

    config: Path | None
    log: LogOptions


class EmbeddedServer:
    """The embedded Valkey, restarted when it ends, with growing delays while it cannot start.

    Args:
        guard: keeps it working while its disk is full.
    """

    def __init__(self, redis: EmbeddedRedis, guard: DiskGuard | None = None) -> None:
        self._redis = redis
        self._guard = guard
        self._look_at = 0.0
        self._delays_s = RESTART_BACKOFF.delays()
        self._due_at = 0.0

    def check(self, now: float, telemetry: PrometheusTelemetry) -> None:
        """Restart the server if it has ended and the delay is over."""
        if self._redis.alive() and self._guard is not None and now >= self._look_at:
            self._look_at = now + GUARD_EVERY_S
            with suppress(StoreUnavailable):  # the roles count and log that
                self._guard.check()
        if self._redis.alive() or now < self._due_at:
            return
        log.error("valkey ended; restarting it")
        telemetry.count("role_restarts_total", role="redis")
        try:
            self._redis.stop()
            self._redis.start()
        except WardenError as err:
            wait_s = next(self._delays_s)
            self._due_at = now + wait_s
            log.error("valkey does not start", extra={"reason": str(err), "wait_s": wait_s})
        else:
            self._delays_s = RESTART_BACKOFF.delays()


def up(
    settings: Settings, children: ChildOptions, telemetry: PrometheusTelemetry, stop: Event
) -> None:
    """Run the site until stopped.

    Raises:
        ConfigError: the address to listen on is taken, or others reach it and need no proof.
        Fatal: a role cannot run, or no Redis could be started.
    """
    telemetry.begin("up")
    require_proof(settings, has_people)
    with listen(settings.host, settings.port) as listener, _redis(settings) as redis:
        url = redis.url if redis is not None else _configured_url(settings)
        every = _roles(settings, children, url, listener)
        server = _embedded_server(redis, settings) if redis is not None else None
        inherited = {"api": (listener.fileno(),)}
        site = CameraLookout(settings, url)
        report = StartupReport(settings, listener.getsockname(), time.monotonic())
        roles: list[ChildRole] = []
        try:
            while not stop.is_set():
                for role in every:
                    if role not in roles and (role.name == "api" or site.has_cameras()):
                        role.start(time.monotonic(), inherited.get(role.name, ()))
                        roles.append(role)
                for role in roles:
                    role.check(time.monotonic(), inherited.get(role.name, ()), telemetry)
                report.poll(time.monotonic())
                if server is not None:
                    server.check(time.monotonic(), telemetry)
                stop.wait(POLL_S)
        finally:
            _end([role for role in every if role in roles])


class CameraLookout:
    """Tells when the site gets its first camera: from then on it takes all roles.

    Args:
        url: of Redis, which has the cameras of the API.
    """

    def __init__(self, settings: Settings, url: str) -> None:
        self._watch = SiteWatch(settings, RedisSiteStore(connect(url, timeout_s=GUARD_TIMEOUT_S)))
        self._found = bool(settings.cameras)
        self._look_at = 0.0

    def has_cameras(self) -> bool:
        """Tell whether there ever was a camera; asks Redis once a second until there is."""
        if not self._found and (now := time.monotonic()) >= self._look_at:
            self._look_at = now + CHECK_EVERY_S
            with suppress(StoreUnavailable):  # the roles count and log that
                self._found = bool(self._watch.refresh().settings.cameras)
        return self._found


def _embedded_server(redis: EmbeddedRedis, settings: Settings) -> EmbeddedServer:
    client = connect(redis.url, timeout_s=GUARD_TIMEOUT_S)
    return EmbeddedServer(redis, DiskGuard(client, settings.data))


def report_camera_processes(settings: Settings, number: int, cores: int) -> None:
    """Log how many camera processes are started, and why so many."""
    auto = settings.camera_processes == "auto"
    reason = f"one for each {CORES_PER_CAMERA_PROCESS} cores" if auto else "the setting says so"
    log.info(
        "camera processes of this machine",
        extra={
            "number": number,
            "camera_processes": settings.camera_processes,
            "cores": cores,
            "reason": reason,
        },
    )


def camera_processes(settings: Settings, cores: int) -> int:
    """Return how many camera processes this machine is to run."""
    if settings.camera_processes == "auto":
        return max(1, cores // CORES_PER_CAMERA_PROCESS)
    return settings.camera_processes


def _end(roles: list[ChildRole]) -> None:
    for name, within_s in STOP_WITHIN_S.items():
        ending = [role for role in roles if role.name == name]
        for role in ending:
            role.terminate()
        end_s = time.monotonic() + within_s
        for role in ending:
            role.join(end_s - time.monotonic())


def _roles(
    settings: Settings, children: ChildOptions, url: str, listener: socket.socket
) -> list[ChildRole]:
    # The url already contains the password, wherever it was configured.
    outside = {name: value for name, value in os.environ.items() if not _names_redis(name)}
    environment = {**outside, **_flags_as_environment(settings), PREFIX + "REDIS__URL": url}
    # A restarted child keeps its predecessor's name, so that it can renew its leases at once.
    owner = process_name()
    tls = None if settings.tls is None else tls_context(settings.tls)
    cores = len(os.sched_getaffinity(0))
    cameras = camera_processes(settings, cores)
    report_camera_processes(settings, cameras, cores)
    roles = []
    for number, name in enumerate(("camera",) * cameras + ("worker", "api")):
        command = [*isolated("service.cli"), name, "--parent", str(os.getpid())]
        command += ["--config", str(children.config)] if children.config is not None else []
        command += children.log.as_flags()
        command += ["--listener", str(listener.fileno())] if name == "api" else []
        command += ["--owner", owner if name != "camera" else f"{owner}-{number}"]
        command += ["--processes", str(cameras)] if name == "camera" else []
        standby = Standby(listener, tls=tls) if name == "api" else None
        roles.append(ChildRole(name, command, environment, standby, NICENESS.get(name, 0)))
    return roles


def _names_redis(variable: str) -> bool:
    fields = ("URL", "URL_FILE", "PASSWORD", "PASSWORD_FILE")
    return variable.upper() in {f"{PREFIX}REDIS__{field}" for field in fields}


def _flags_as_environment(settings: Settings) -> dict[str, str]:
    """Pass the flags on to the children; the environment takes precedence over their YAML."""
    values = {
        "DATA": str(settings.data),
        "HOST": settings.host,
        "PORT": str(settings.port),
        "METRICS_PORT": "0",
    }
    if settings.model is not None:
        values["MODEL"] = str(settings.model)
    return {PREFIX + name: value for name, value in values.items()}


def _configured_url(settings: Settings) -> str:
    assert settings.redis.address is not None  # noqa: S101 -- without it we embed one
    return settings.redis.address


@contextmanager
def _redis(settings: Settings) -> Iterator[EmbeddedRedis | None]:
    if settings.redis.url is not None:
        yield None
        return
    with EmbeddedRedis(settings.data) as redis:
        yield redis
