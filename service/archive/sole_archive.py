"""Refuses to start where the site's processes would each keep an archive of their own."""

import logging
from collections.abc import Callable
from threading import Event

from service.ports.leases import Membership
from tracker.errors import ConfigError, StoreUnavailable

log = logging.getLogger(__name__)

POLL_S = 0.5
# Longer than a killed process, or a container that was made again, is remembered.
WAIT_S = 12.0


def require_sole_archive(
    homes: Membership,
    home: str,
    stop: Event,
    *,
    wait: Callable[[float], object] | None = None,
    wait_s: float = WAIT_S,
) -> None:
    """Return once no other archive than ours is in use, or once stopped.

    Args:
        homes: archives in use; every process that has one sends heartbeats for it.
        home: where ours is, for the message.
        wait: waits so many seconds; by default until stopped at most.

    Raises:
        ConfigError: another archive stays in use.
    """
    waited_s = 0.0
    while not stop.is_set():
        if _count(homes) <= 1:
            return
        if waited_s >= wait_s:
            homes.leave()
            raise ConfigError(
                "another API or decide process of this site keeps its archive elsewhere than "
                f"{home}; give all of them one `data` folder of one machine, or one PostgreSQL "
                "database: archive.url: postgresql://user:password@host/name"
            )
        if waited_s == 0.0:
            log.warning("another archive is in use; waiting", extra={"ours": home})
        (wait or stop.wait)(POLL_S)
        waited_s += POLL_S


def _count(homes: Membership) -> int:
    try:
        return homes.heartbeat()
    except StoreUnavailable:
        return 1  # nobody can be asked; alerts wait for Redis, too
