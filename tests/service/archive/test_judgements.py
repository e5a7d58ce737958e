"""When there were alerts that somebody judged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.archives import Archive, alert, carry, sqlite_archive
from support.stretches import DAY, stretch

from inference.calibration.footage import Interval
from inference.types import Act, Kind, Verdict
from service.adapters.database.stretches import DatabaseStretches
from service.archive.judgements import ArchivedJudgements
from service.ports.stretches import KeptStretch, StretchBounds
from service.records import CarriedAct


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty archive."""
    one = sqlite_archive(tmp_path)
    yield one
    one.database.close()


def judged(archive: Archive, at: float, verdict: Verdict, kind: Kind = "fall") -> None:
    """Archive an alert of ten seconds that somebody judged."""
    name = f"{kind}-{at:g}"
    carry(archive, alert(name, at, kind=kind, state="closed", closed_at=at + 10))
    act = Act(id=f"v-{name}", at=at, author="ann", type="verdict", verdict=verdict)
    archive.writer.carry([], None, [CarriedAct(alert=name, act=act)])


def test_right_and_wrong_alerts_are_told_apart(archive: Archive) -> None:
    """The times they were open, of one camera, since then; long stays say nothing of movement."""
    judged(archive, 100.0, "true")
    judged(archive, 200.0, "false")
    judged(archive, 300.0, "unsure")
    judged(archive, 400.0, "true", "dwell")
    judged(archive, 50.0, "true")

    judgements = ArchivedJudgements(archive.reader, DatabaseStretches(archive.database))
    right, wrong = judgements.judged("gate", 60.0)

    assert (right, wrong) == ([Interval(100.0, 110.0)], [Interval(200.0, 210.0)])


def test_labelled_near_misses_are_told_apart(archive: Archive) -> None:
    """One that should have been an alert is no ordinary footage; unsure ones say nothing."""
    stretches = DatabaseStretches(archive.database)
    labels: tuple[Verdict, ...] = ("true", "false", "unsure")
    rows = [stretch(number) for number in range(4)]
    kept = [KeptStretch(stretch=each, sampled=False, near=True) for each in rows]
    stretches.put(kept, StretchBounds())
    for label, each in zip(labels, rows, strict=False):
        stretches.label(each.id, label, "ann", 1.0)
    judgements = ArchivedJudgements(archive.reader, stretches)

    right, wrong = (Interval(each.begin_at, each.until) for each in rows[:2])
    assert judgements.labelled("gate", DAY) == ([right], [wrong])
    assert judgements.labelled("gate", DAY + 86_400) == ([], [])
    assert judgements.labelled("yard", DAY) == ([], [])
