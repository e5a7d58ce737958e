"""Counts what became of hostile inputs, by kind and by route."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from support.hostile.raw_client import HostileInput, Outcome

# 101: a WebSocket; the service closes it because of what comes then.
NAMED = {101: "opened", 503: "503"}


@dataclass(slots=True)
class HostileReport:
    """What became of all inputs.

    Attributes:
        faults: inputs at which the service failed, each with what it answered.
    """

    faults: list[tuple[HostileInput, Outcome]] = field(default_factory=list)
    _counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def add(self, given: HostileInput, outcome: Outcome) -> None:
        """Count one; from any thread."""
        with self._lock:
            self._counts[given.kind, given.route, _group(outcome)] += 1
            if outcome.is_fault(given.route):
                self.faults.append((given, outcome))

    @property
    def total(self) -> int:
        """How many there were."""
        return self._counts.total()

    def by_kind(self) -> str:
        """Return a table in Markdown."""
        return self._table("Kind", 0)

    def by_route(self) -> str:
        """Return a table in Markdown."""
        return self._table("Route", 1)

    def _table(self, title: str, column: int) -> str:
        groups = sorted({key[2] for key in self._counts})
        lines = [_row([title, "inputs", *groups]), "|---|" + "---:|" * (len(groups) + 1)]
        for name in sorted({key[column] for key in self._counts}):
            counts = [self._sum(column, name, group) for group in groups]
            lines.append(_row([name, str(sum(counts)), *map(str, counts)]))
        return "\n".join(lines)

    def _sum(self, column: int, name: str, group: str) -> int:
        counts = self._counts.items()
        return sum(count for key, count in counts if key[column] == name and key[2] == group)


def _group(outcome: Outcome) -> str:
    if not isinstance(outcome.status, int):
        return outcome.status
    if outcome.status in NAMED:
        return NAMED[outcome.status]
    return f"{outcome.status // 100}xx"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
