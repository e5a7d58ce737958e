"""A master, its replica and three Sentinels on ports of this machine."""

import contextlib

from export.bench.site.redis_access import OPEN, RedisAccess
from export.bench.site.redis_nodes import (
    AT_ONCE,
    HOST,
    NEVER_MS,
    RedisNode,
    RedisNodes,
    free_ports,
    until,
)


class SentinelNodes(RedisNodes):
    """A master, its replica, and three Sentinels that watch them.

    Args:
        down_after_ms: after it a silent master is replaced.
        access: how all of them are spoken to; the Sentinels have no users of their own.
    """

    service = "road"

    def __init__(self, *, down_after_ms: int = NEVER_MS, access: RedisAccess = OPEN) -> None:
        super().__init__(access)
        self._down_after_ms = down_after_ms

    @property
    def url(self) -> str:
        """What `redis.url` is for them."""
        watchers = [f"{HOST}:{node.port}" for node in self.nodes[2:]]
        return self._access.url("+sentinel", watchers, f"/{self.service}")

    @property
    def master(self) -> RedisNode:
        """Who is the master, by the first Sentinel."""
        port = self._master_by(self.nodes[2])
        return next(node for node in self.nodes[:2] if node.port == port)

    def promote(self) -> None:
        """Let the Sentinels replace the master, and wait until all say so."""
        before = self.master
        until(lambda: self._is_replaced(before))

    def _is_replaced(self, before: RedisNode) -> bool:
        if self.master is not before:
            return self._all_agree()
        # Refused while one is under way, and while they have not heard of the replica for too long.
        with contextlib.suppress(OSError):
            self.nodes[2].ask("SENTINEL", "FAILOVER", self.service)
        return False

    def _all_agree(self) -> bool:
        return len({self._master_by(watcher) for watcher in self.nodes[2:]}) == 1

    def _master_by(self, watcher: RedisNode) -> int:
        return int(watcher.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.service).split()[1])

    def _start(self) -> None:
        ports = free_ports(5)
        plain = ("--appendonly", "no", *AT_ONCE)
        for place, port in enumerate(ports):
            folder = self._folder / f"{port}-{place}"
            if place < 2:
                follows = ("--replicaof", f"{HOST} {ports[0]}") if place else ()
                node = RedisNode(folder, port, (*plain, *follows), self._access)
            else:
                node = _Sentinel(folder, port, access=self._access)
                folder.mkdir(parents=True)
                (folder / "sentinel.conf").write_text(self._watching(port, ports[0]))
            node.start()
            self.nodes.append(node)
        for node in self.nodes:
            until(node.answers)
        until(self._is_whole)

    def _watching(self, port: int, master: int) -> str:
        name, listening = self.service, self._access.listening(port)
        pairs = zip(listening[::2], listening[1::2], strict=True)
        lines = [f"{word.removeprefix('--')} {value}" for word, value in pairs]
        lines += [
            f"bind {HOST}",
            *self._access.watching,
            f"sentinel monitor {name} {HOST} {master} 2",
            *(f"sentinel {word} {name} {value}" for word, value in self._access.masters.items()),
            f"sentinel down-after-milliseconds {name} {self._down_after_ms}",
            f"sentinel failover-timeout {name} 10000",
        ]
        return "\n".join(lines) + "\n"

    def _is_whole(self) -> bool:
        ready = self.nodes[1].about("replication").get("master_link_status") == "up"
        return ready and all(self._knows_all(node) for node in self.nodes[2:])

    def _knows_all(self, watcher: RedisNode) -> bool:
        words = watcher.ask("SENTINEL", "MASTER", self.service).splitlines()
        about = dict(zip(words[::2], words[1::2], strict=False))
        return about["num-slaves"] == "1" and about["num-other-sentinels"] == "2"


class _Sentinel(RedisNode):
    """A Sentinel, which rewrites its file."""

    def _head(self) -> list[str]:
        return [str(self.folder / "sentinel.conf"), "--sentinel"]
