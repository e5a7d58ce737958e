"""Follows a site's alerts while models change."""

import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import redis

from inference.types import Score
from service.adapters.redis import keys
from service.adapters.redis.codec_windows import decode_window, read_score_fields
from service.adapters.redis.connection import connect

POLL_S = 0.05


@dataclass(slots=True)
class Followed:
    """Windows and scores as they stood in Redis.

    Attributes:
        windows: capture time by reference.
        scores: of each window, in the order they were written, with the time of writing.
    """

    windows: dict[str, float] = field(default_factory=dict)
    scores: dict[str, list[tuple[float, Score]]] = field(default_factory=lambda: defaultdict(list))

    def written(self) -> list[tuple[float, Score]]:
        """Return the first score of every window, in the order of writing."""
        return sorted((each[0] for each in self.scores.values()), key=lambda each: each[0])


class Follower(threading.Thread):
    """Reads windows and scores from Redis until it is ended; Redis may die meanwhile."""

    def __init__(self, url: str, cameras: list[str]) -> None:
        super().__init__(daemon=True)
        self._client = connect(url)
        self._cameras = set(cameras)
        shards = keys.Shards()
        # Any: redis-py types decoding clients too, ours does not decode.
        newest: Any = self._client.xrevrange(keys.windows(0), count=1)
        begin = newest[0][0].decode() if newest else "0"
        # Any: redis-py's type for streams admits no narrower dictionary.
        self._after: dict[Any, Any] = {
            keys.windows(0): begin,
            **{shards.scores(name): "0" for name in cameras},
        }
        self.found = Followed()
        self.ends = threading.Event()

    def run(self) -> None:
        while not self.ends.is_set():
            with suppress(redis.RedisError):
                self._read()
            self.ends.wait(POLL_S)

    def _read(self) -> None:
        streams: Any = self._client.xread(self._after, count=2000)
        for name, entries in streams or ():
            stream = name.decode()
            for entry, fields in entries:
                self._after[stream] = entry.decode()
                if stream == keys.windows(0):
                    window = decode_window(fields)
                    if window.person.camera in self._cameras:  # not the canary's
                        self.found.windows[entry.decode()] = window.at
                    continue
                written_at = int(entry.split(b"-")[0]) / 1000
                for score in read_score_fields(fields):
                    self.found.scores[score.window].append((written_at, score))
