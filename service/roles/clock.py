"""Builds what says that this process's clock and Redis' differ."""

import socket
import threading

from service.adapters.redis.server_clock import RedisClock
from service.adapters.redis.system_events import RedisSystemEvents
from service.monitoring.clock_watch import EVERY_S, ClockWatch
from service.roles.connections import SiteConnection
from service.roles.threads import start_repeating
from service.store_clock import StoreClock
from tracker.errors import StoreUnavailable


def start_clock_watch(site: SiteConnection, stop: threading.Event) -> None:
    """Compare the role's clock with Redis' every few seconds, until stopped."""
    clock = RedisClock(site.client)
    # By Redis' clock: of this one it is the question whether it is right.
    events = RedisSystemEvents(site.client, telemetry=site.telemetry, clock=StoreClock(clock.now))
    watch = ClockWatch(clock.now, events, site.telemetry, role=site.role, host=socket.gethostname())

    def look() -> None:
        try:
            watch.look()
        except StoreUnavailable:
            site.telemetry.count("store_errors_total", role=site.role)

    start_repeating("clock", look, EVERY_S, stop)
