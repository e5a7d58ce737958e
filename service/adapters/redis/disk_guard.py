"""Keeps an embedded server working while its disk is full: without its file, and says so."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

from service.adapters.redis import keys
from service.adapters.redis.connection import redis_errors

log = logging.getLogger(__name__)
MARK_LIFE_S = 15
# The file is written anew, beside the old one, and both grow while that is done.
ROOM_BYTES = 64_000_000
SENTENCE = (
    "the disk of --data is full: alerts go on, but a restart forgets them; make room, "
    f"{ROOM_BYTES // 1_000_000} MB more than Redis' data take"
)


class DiskGuard:
    """Stops the append-only file when it cannot be written, and begins it again with more room.

    A server whose file cannot be written refuses all writes: no alert would be decided any more.

    Args:
        folder: where the file lies.
        free_bytes: how much room the folder's disk has.
    """

    def __init__(
        self,
        client: redis.Redis,
        folder: Path,
        *,
        room_bytes: int = ROOM_BYTES,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self._client = client
        self._folder = folder
        self._room_bytes = room_bytes
        self._free_bytes = free_bytes
        self._stopped = False

    @redis_errors()
    def check(self) -> None:
        """Look once whether the file is written; call it about once a second.

        Raises:
            StoreUnavailable: the server did not answer.
        """
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        state: Any = self._client.info("persistence")
        if state["aof_enabled"] and state["aof_last_write_status"] != "ok":
            self._stop()
        elif self._stopped:
            self._resume(state)
        if self._stopped:
            self._client.set(keys.UNSAVED, SENTENCE, ex=MARK_LIFE_S)

    def _stop(self) -> None:
        self._client.config_set("appendonly", "no")
        if not self._stopped:
            log.error(SENTENCE, extra={"folder": str(self._folder)})
        self._stopped = True

    def _resume(self, state: dict[str, Any]) -> None:
        if not state["aof_enabled"]:
            memory: Any = self._client.info("memory")
            if self._free_bytes(self._folder) >= memory["used_memory"] + self._room_bytes:
                self._client.config_set("appendonly", "yes")
        elif not (state["aof_rewrite_in_progress"] or state["aof_rewrite_scheduled"]):
            if state["aof_last_bgrewrite_status"] != "ok":
                self._stop()
                return
            self._stopped = False
            self._client.delete(keys.UNSAVED)
            log.info(
                "the disk has room again: alerts are saved", extra={"folder": str(self._folder)}
            )


@redis_errors()
def read_unsaved(client: redis.Redis) -> str | None:
    """Return why the server saves nothing now, for people; None while it does.

    Raises:
        StoreUnavailable: the server did not answer.
    """
    # Any: redis-py types asynchronous clients, too.
    reason: Any = client.get(keys.UNSAVED)
    return None if reason is None else bytes(reason).decode(errors="replace")
