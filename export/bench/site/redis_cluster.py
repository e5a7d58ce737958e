"""A Redis Cluster on ports of this machine."""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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


class RedisClusterNodes(RedisNodes):
    """A cluster: masters with a replica each.

    Args:
        node_timeout_ms: after it a silent master is replaced by its replica.
        settings: words of each server's command line.
        access: how they are spoken to.
    """

    def __init__(
        self,
        *,
        masters: int = 3,
        replicas: int = 1,
        node_timeout_ms: int = NEVER_MS,
        settings: Sequence[str] = ("--appendonly", "yes"),
        access: RedisAccess = OPEN,
    ) -> None:
        super().__init__(access)
        self._masters = masters
        self._replicas = replicas
        self._settings = (*settings, "--cluster-node-timeout", str(node_timeout_ms))

    @property
    def url(self) -> str:
        """What `redis.url` is for this cluster."""
        return self._access.url("+cluster", [f"{HOST}:{node.port}" for node in self.nodes])

    def slot_of(self, key: str) -> int:
        """Return the number of the key's slot."""
        return int(self._running()[0].ask("CLUSTER", "KEYSLOT", key))

    def master_of(self, key: str) -> RedisNode:
        """Return who has the key's slot now."""
        slot = self.slot_of(key)
        return self._node(next(each.port for each in self._table() if each.has(slot)))

    def masters(self) -> list[RedisNode]:
        """Return those that have slots now."""
        return [self._node(each.port) for each in self._table() if each.slots]

    def replica_of(self, master: RedisNode) -> RedisNode:
        """Return a replica of this master."""
        return next(node for node in self._running() if _follows(node) == master.port)

    def promote(self, replica: RedisNode) -> None:
        """Make it the master of its slots, whatever the others say, and wait until all know."""
        replica.ask("CLUSTER", "FAILOVER", "TAKEOVER")
        until(lambda: all(_sees(node, replica) for node in self._running()))

    def rejoin(self, node: RedisNode) -> None:
        """Start a node again that was killed, and wait until it follows who took its place."""
        node.start()
        until(node.answers)
        until(lambda: node.about("replication").get("master_link_status") == "up")

    def move_slot(self, slot: int, source: RedisNode, target: RedisNode) -> Iterator[None]:
        """Move a slot by steps: after the first its keys are on their way, at the end all moved."""
        old, new = (node.ask("CLUSTER", "MYID") for node in (source, target))
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", old)
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", new)
        yield
        while names := source.ask("CLUSTER", "GETKEYSINSLOT", slot, 100).split():
            where: list[str | int] = [HOST, target.port, "", 0, 60_000, *self._access.moving]
            source.ask("MIGRATE", *where, "KEYS", *names)
        yield
        for node in (target, source):
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", new)

    def _start(self) -> None:
        number = self._masters * (1 + self._replicas)
        ports = free_ports(2 * number)
        for place, (port, bus) in enumerate(zip(ports[::2], ports[1::2], strict=True)):
            own = ("--cluster-enabled", "yes", "--cluster-port", str(bus), *AT_ONCE)
            folder = self._folder / f"{port}-{place}"
            node = RedisNode(folder, port, (*self._settings, *own), self._access)
            node.start()
            self.nodes.append(node)
        for node in self.nodes:
            until(node.answers)
        self._join()

    def _join(self) -> None:
        places = [f"{HOST}:{node.port}" for node in self.nodes]
        made = subprocess.run(
            [
                *("redis-cli", *self._access.client, "--cluster", "create", *places),
                *("--cluster-replicas", str(self._replicas), "--cluster-yes"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise OSError(made.stdout[-500:] + made.stderr[-500:])
        until(self._is_whole)

    def _is_whole(self) -> bool:
        """Tell whether all slots are served and every replica has its master's data.

        Who else is a replica the nodes learn later, by gossip.
        """
        if any("cluster_state:ok" not in node.ask("CLUSTER", "INFO") for node in self.nodes):
            return False
        said = [node.about("replication") for node in self.nodes]
        replicas = [each for each in said if each["role"] == "slave"]
        ready = all(each["master_link_status"] == "up" for each in replicas)
        return ready and len(said) - len(replicas) == self._masters

    def _table(self) -> list["_Line"]:
        return _table_of(self._running()[0])

    def _running(self) -> list[RedisNode]:
        return [node for node in self.nodes if node.runs()]

    def _node(self, port: int) -> RedisNode:
        return next(node for node in self.nodes if node.port == port)


@dataclass(frozen=True, slots=True)
class _Line:
    """What a node says of another."""

    port: int
    slots: tuple[range, ...]

    def has(self, slot: int) -> bool:
        return any(slot in each for each in self.slots)


def _table_of(node: RedisNode) -> list[_Line]:
    return [_line(text.split()) for text in node.ask("CLUSTER", "NODES").splitlines()]


def _line(words: Sequence[str]) -> _Line:
    port = int(words[1].partition("@")[0].rpartition(":")[2])
    # What stands in brackets is on its way.
    ends = [each.split("-") for each in words[8:] if not each.startswith("[")]
    return _Line(port, tuple(range(int(each[0]), int(each[-1]) + 1) for each in ends))


def _sees(node: RedisNode, master: RedisNode) -> bool:
    return any(each.port == master.port and each.slots for each in _table_of(node))


def _follows(node: RedisNode) -> int | None:
    about = node.about("replication")
    return int(about["master_port"]) if about["role"] == "slave" else None
