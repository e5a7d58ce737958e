"""Stretches of people's windows, recorded beside the alert loop."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from support.alert_site import AlertSite
from support.archives import sqlite_archive

from inference.alert_options import AlertOptions
from inference.stretches.rescoring import held_by
from inference.types import Score
from service.adapters.database.stretches import DatabaseStretches
from service.adapters.memory.windows import MemoryStatusStore
from service.archive.stretch_dependencies import StretchOptions, StretchRecorderDependencies
from service.archive.stretch_queue import SeenScore, StretchQueue
from service.archive.stretch_recorder import StretchRecorder
from service.ports.stretches import Bars, KeptStretch, NearFilter, StretchBounds
from tracker.errors import ArchiveUnavailable
from tracker.memory_telemetry import InMemoryTelemetry

# Longer than any stretch waits, in seconds of the camera.
LATER_S = 60.0


class Breakable(DatabaseStretches):
    """An archive whose database can go away."""

    away = False

    def _check(self) -> None:
        if self.away:
            raise ArchiveUnavailable("gone", reason="unreachable")

    def bars(self, camera: str, hour: int, day: int, bounds: StretchBounds) -> Bars:
        self._check()
        return super().bars(camera, hour, day, bounds)

    def put(self, kept: list[KeptStretch], bounds: StretchBounds) -> int:  # type: ignore[override]
        self._check()
        return super().put(kept, bounds)


@dataclass
class Recording:
    """A site whose rules are watched, with the recorder and its archive."""

    site: AlertSite
    archive: Breakable
    now: float = 0.0
    bounds: StretchBounds = field(default_factory=StretchBounds)

    def __post_init__(self) -> None:
        self.recorder = self.fresh()
        self.loop = self.site.process()

    def fresh(self) -> StretchRecorder:
        """Return a recorder as a new process has it."""
        return StretchRecorder(
            StretchRecorderDependencies(
                queue=self.site.stretches,
                windows=MemoryStatusStore(self.site.memory, clock=self.site.clock),
                archive=self.archive,
                telemetry=self.site.telemetry,
                fps=24.0,
                clock=lambda: self.now,
                wall_clock=lambda: self.site.start_at,
                options=StretchOptions(bounds=self.bounds),
            )
        )

    def run(self, *values: float, start: int = 0) -> None:
        """Let one person be scored like this, decide, and look at it a good while later."""
        self.site.write(*values, start=start)
        self.site.see(start / 10, 1)
        self.loop.step(self.now)
        self.recorder.step()
        self.site.see(start / 10 + 3 * len(values) / 10 + LATER_S)
        self.now += 1.0
        self.loop.step(self.now)
        self.recorder.step()

    def kept(self) -> list[KeptStretch]:
        """Return all that is in the archive."""
        begin_at = self.site.start_at - LATER_S
        return list(self.archive.every(begin_at, begin_at + 86_400))


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """A site of one person, whose threshold is 2."""
    return Recording(AlertSite(), Breakable(sqlite_archive(tmp_path).database))


def test_what_came_near_is_kept_with_its_windows(recording: Recording) -> None:
    """To the last bit; the score that the rule held, and how the picture is."""
    recording.run(*[1.0] * 3, *[1.9] * 8, *[1.0] * 6)

    kept = recording.kept()
    assert {each.near for each in kept} == {True}
    (near,) = recording.archive.near_misses(NearFilter())
    assert (near.camera, near.kind, near.track, near.threshold) == ("gate", "movement", 1, 2.0)
    assert 1.5 < near.score < 1.9
    values = [each.judged for each in kept[0].stretch.windows]
    again = held_by(kept[0].stretch, values, 2.0, AlertOptions())
    assert again is not None
    assert again.score == near.score
    stretch = kept[0].stretch
    assert (stretch.width_px, stretch.height_px, stretch.complete) == (640, 480, True)
    windows = recording.site.memory.windows.values()
    known = {window.at: window.joints for window in windows}
    for each in stretch.windows:
        assert np.array_equal(each.poses(stretch.frames), known[each.at])


def test_what_became_an_alert_is_kept_for_it(recording: Recording) -> None:
    """It is no near miss; it goes with the alert."""
    recording.run(*[1.0] * 3, *[5.0] * 8, *[1.0] * 10)

    alert = recording.site.events[0][1].alert.id  # type: ignore[union-attr]
    assert {each.stretch.alert for each in recording.kept()} == {alert}
    assert recording.archive.near_misses(NearFilter()) == []


def test_samples_are_the_same_whatever_process_records_them(
    recording: Recording, tmp_path: Path
) -> None:
    """A process that dies and one that goes on keep what one that lives would."""
    other = Recording(AlertSite(), Breakable(sqlite_archive(tmp_path / "other").database))
    for each in (recording, other):
        each.bounds = StretchBounds(per_hour=3, near_misses=0)
        each.recorder = each.fresh()
    for part in range(12):
        for each in (recording, other):
            each.run(*[1.0] * 4, start=200 * part)
        recording.recorder = recording.fresh()

    kept = [each.stretch.id for each in recording.kept()]
    assert kept == [each.stretch.id for each in other.kept()]
    assert len(kept) <= 6  # of two hours at most
    assert recording.site.telemetry.value("stretches_seen_total") > len(kept)


def test_hours_say_of_how_many_stretches_those_kept_were_drawn(recording: Recording) -> None:
    """With the time that was watched."""
    recording.run(*[1.0] * 4)
    recording.recorder.close()

    counts = recording.archive.hours(recording.site.start_at, recording.site.start_at + 1)
    assert [(each.camera, each.stretches) for each in counts] == [("gate", 1)]


def test_windows_that_redis_no_longer_has_are_counted(recording: Recording) -> None:
    """The stretch says that it is not complete; without any window it is not kept."""
    recording.site.write(*[1.0] * 6)
    first = next(iter(recording.site.memory.windows))
    del recording.site.memory.windows[first]
    recording.run(start=18)
    (kept,) = recording.kept()

    assert not kept.stretch.complete
    assert len(kept.stretch.windows) == 5
    assert recording.site.telemetry.value("stretches_dropped_total", reason="windows") == 1


def test_while_the_database_is_away_so_many_wait(recording: Recording) -> None:
    """What waits is written later; alerts go on meanwhile."""
    recording.archive.away = True
    with pytest.raises(ArchiveUnavailable):
        recording.run(*[1.0] * 3, *[5.0] * 8, *[1.0] * 10)
    assert recording.site.changes() == ["opened", "closed"]
    recording.archive.away = False
    recording.now += 60.0
    recording.recorder.step()

    assert [each.stretch.alert is not None for each in recording.kept()] == [True]


def test_a_queue_that_nobody_empties_loses_the_oldest_counted() -> None:
    """The alert loop is never held up."""
    telemetry = InMemoryTelemetry()
    queue = StretchQueue(telemetry=telemetry, bound=2)
    site = AlertSite()
    site.write(1.0, 2.0, 3.0)
    scores: list[Score] = [score for _, score in site.memory.scores["gate"]]
    for score in scores:
        queue.of("gate").judged(score, None)

    assert list(queue.take()) == [("gate", SeenScore(score, None)) for score in scores[1:]]
    assert list(queue.take()) == []
    assert telemetry.value("stretches_dropped_total", reason="queue") == 1


def test_recording_goes_on_after_the_clock_was_set_back(recording: Recording) -> None:
    """By several hours, with what is known of later ones."""
    begun_at = recording.site.start_at
    for place, hours in enumerate((2, 3, 0)):
        recording.site.start_at = begun_at + 3600.0 * hours
        recording.loop = recording.site.process(owner=f"process {place}")
        recording.site.now += 3600.0
        recording.now += 3600.0
        recording.run(*[1.0] * 6, start=200 * place)

    hours = {int((each.stretch.begin_at - begun_at + LATER_S) // 3600) for each in recording.kept()}
    assert 0 in hours
