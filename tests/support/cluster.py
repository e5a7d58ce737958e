"""A Redis Cluster for tests: three masters and three replicas of Debian's server, on loopback.

It is made once for a session, and promotes nobody by itself: a slow machine changes nothing.
"""

import os

import pytest

from export.bench.site.redis_access import OPEN, RedisAccess
from export.bench.site.redis_cluster import RedisClusterNodes
from export.bench.site.redis_nodes import is_installed
from export.bench.site.redis_sentinels import SentinelNodes

REMEDY = "redis-server or redis-cli is not on the PATH; apt-get install redis-server redis-tools"


def cluster_nodes(access: RedisAccess = OPEN) -> RedisClusterNodes:
    """Return a cluster that is not started yet; skip where its programs are absent, fail in CI."""
    require_redis()
    return RedisClusterNodes(access=access)


def sentinel_nodes(access: RedisAccess = OPEN) -> SentinelNodes:
    """Return a master with its Sentinels, not started yet; skip or fail as above."""
    require_redis()
    return SentinelNodes(access=access)


def require_redis() -> None:
    """Skip where Debian's redis-server or redis-cli is absent; fail there in CI."""
    if not is_installed():
        (pytest.fail if "CI" in os.environ else pytest.skip)(REMEDY)
