"""Scores of shadows in memory."""

from collections import defaultdict, deque
from collections.abc import Sequence

from service.entry_ids import entry_order
from service.ports.shadow import ShadowReport, ShadowScore, ShadowScores, ShadowStates

SCORES_BOUND = 4096


class MemoryShadowScores(ShadowScores):
    """Keeps the newest scores of each camera as long as the process lives."""

    def __init__(self) -> None:
        self._number = 0
        self._cost = (0, 0.0)
        self._scores: defaultdict[str, deque[tuple[str, ShadowScore]]] = defaultdict(
            lambda: deque(maxlen=SCORES_BOUND)
        )

    def put(self, scores: Sequence[ShadowScore], cpu_s: float) -> None:
        for each in scores:
            self._number += 1
            self._scores[each.score.person.camera].append((f"{self._number}-0", each))
        windows, before_s = self._cost
        self._cost = windows + len(scores), before_s + cpu_s

    def read(self, after: dict[str, str]) -> dict[str, list[tuple[str, ShadowScore]]]:
        found = {
            camera: [
                entry
                for entry in self._scores[camera]
                if entry_order(entry[0]) > entry_order(start)
            ]
            for camera, start in after.items()
        }
        return {camera: scores for camera, scores in found.items() if scores}

    def cost(self) -> tuple[int, float]:
        return self._cost

    def begin(self) -> None:
        self._cost = (0, 0.0)


class MemoryShadowStates(ShadowStates):
    """Keeps states and the report as long as the process lives."""

    def __init__(self) -> None:
        self._states: dict[str, bytes] = {}
        self._report: ShadowReport | None = None

    def load(self, camera: str) -> bytes | None:
        return self._states.get(camera)

    def save(self, camera: str, state: bytes) -> None:
        self._states[camera] = state

    def put_report(self, report: ShadowReport) -> None:
        self._report = report

    def report(self) -> ShadowReport | None:
        return self._report
