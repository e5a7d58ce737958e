"""What a run on a GPU machine found: rows of a short table, and all figures as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeAlias

Figure: TypeAlias = "float | int | str | Mapping[str, Figure] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        what: was measured.
        text: the result, short.
        figures: all of it, with units in their names.
        passed: None where nothing is judged.
    """

    what: str
    text: str
    figures: Mapping[str, Figure] = field(default_factory=dict)
    passed: bool | None = None


@dataclass(slots=True, kw_only=True)
class StepReport:
    """One step: its rows, or why it failed or was left out.

    Attributes:
        seconds: it took.
        device: memory and utilisation while it ran.
    """

    name: str
    rows: Sequence[Row] = ()
    error: str | None = None
    skipped: str | None = None
    seconds: float = 0.0
    device: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing failed; a step that was left out counts as failed."""
        judged = all(row.passed is not False for row in self.rows)
        return judged and self.error is None and self.skipped is None


def table(steps: Sequence[StepReport]) -> str:
    """Return a Markdown table of all steps, a line each row."""
    lines = ["| Step | What | Result | |", "|---|---|---|---|"]
    for step in steps:
        for row in step.rows:
            verdict = {True: "ok", False: "**failed**", None: ""}[row.passed]
            lines.append(f"| {step.name} | {row.what} | {row.text} | {verdict} |")
        if step.error:
            lines.append(f"| {step.name} | | {_one_line(step.error)} | **failed** |")
        if step.skipped:
            lines.append(f"| {step.name} | | {step.skipped} | **left out** |")
    return "\n".join(lines)


def write_json(path: Path, about: Mapping[str, Figure], steps: Sequence[StepReport]) -> None:
    """Write everything that was found so far; a reader never sees half a file."""
    content = dict(about) | {
        "passed": all(step.passed for step in steps),
        "steps": [asdict(step) | {"passed": step.passed} for step in steps],
    }
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(content, indent=1) + "\n")
    part.replace(path)


def _one_line(text: str) -> str:
    return " ".join(text.replace("|", "/").split())[:200]
