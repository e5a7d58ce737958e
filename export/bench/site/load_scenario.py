"""The simulated cameras of a load."""

from dataclasses import dataclass
from typing import Any

import numpy as np

SETTLE_S = 12.0
# Far more often than on any site: even 8 cameras raise an alert every few seconds.
EVENT_EVERY_S = 20.0
EVENTS = ("fall", "run", "fight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The simulated cameras of one measurement, and how many processes watch them."""

    cameras: int
    people: int
    fps: float
    seconds: float
    camera_processes: int = 1

    def sources(self) -> list[dict[str, Any]]:
        """Return the cameras as in site.yaml; their events do not coincide."""
        last_s = SETTLE_S + self.seconds
        return [
            {"name": f"c{number}", "source": self._source(number, last_s)}
            for number in range(self.cameras)
        ]

    def _source(self, number: int, last_s: float) -> str:
        first_s = 4.0 + EVENT_EVERY_S * number / self.cameras
        starts = np.arange(first_s, last_s, EVENT_EVERY_S)
        events = ",".join(
            f"{EVENTS[(number + index) % len(EVENTS)]}@{start:.1f}"
            for index, start in enumerate(starts)
        )
        return f"sim:?people={self.people}&fps={self.fps:g}&seed={number}&events={events}"
