"""The clock of the Redis that writes the alerts' changes."""

import redis

from service.adapters.redis import keys
from service.adapters.redis.connection import Script, redis_errors


class RedisClock:
    """Asks the server that has the stream of alert changes for its time, in a cluster, too."""

    def __init__(self, client: redis.Redis) -> None:
        self._time = Script(client, "clock.lua")

    @redis_errors()
    def now(self) -> float:
        """Return its clock, UTC seconds; ids of the stream's entries are by the same clock.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        seconds, microseconds = self._time([keys.ALERT_EVENTS], [])
        return int(seconds) + int(microseconds) / 1e6
