"""The poses of whole episodes, over an archive in a file and views in memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.archives import Archive, alert, carry, sqlite_archive
from support.stores import Clock

from inference.types import Alert
from service.adapters.database.episodes import DatabaseEpisodes
from service.adapters.memory.site import MemorySite
from service.adapters.memory.windows import MemoryPoseFeed, MemoryWindowStore
from service.archive.episode_recorder import (
    BEFORE_S,
    FULL_S,
    LONGEST_S,
    PIECE_S,
    TOO_OLD_S,
    EpisodeRecorder,
)
from service.records import EpisodeState, PoseFrame
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import FrameView, PersonId, Pose, Track

START = 1000.0


class Street:
    """A camera's views and what is recorded of them; the clock goes with the frames."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock(START)
        self.site = MemorySite()
        self.telemetry = InMemoryTelemetry()
        self.archive: Archive = sqlite_archive(folder)
        self.episodes = DatabaseEpisodes(self.archive.database)
        self._store = MemoryWindowStore(self.site, frames=24, telemetry=self.telemetry)

    def process(self) -> EpisodeRecorder:
        """Start a process that records."""
        feed = MemoryPoseFeed(self.site)
        return EpisodeRecorder(self.episodes, feed, telemetry=self.telemetry, clock=self.clock)

    def show(self, at: float, people: dict[int, float], session: str = "s1") -> None:
        """Show people by number, each at an x, in bodies 100 px high."""
        tracks = tuple(
            Track(
                PersonId("gate", session, number),
                0,
                at,
                Pose(
                    np.full((17, 3), [x, 50.0, 0.5], np.float32),
                    np.array([x - 20, 0, x + 20, 100], np.float32),
                ),
            )
            for number, x in people.items()
        )
        self._store.push(FrameView("gate", session, 0, at, 640, 480, tracks), [])
        self.clock.now = at

    def walk(
        self, begin: float, end: float, people: dict[int, float], every_s: float = 0.1
    ) -> None:
        """Show the same people for a while."""
        for step in range(round((end - begin) / every_s)):
            self.show(begin + step * every_s, people)

    def frames(self, name: str = "a") -> list[PoseFrame]:
        """Return what was recorded."""
        return [frame for piece in self.episodes.frames(name) for frame in piece]

    def about(self, name: str = "a") -> EpisodeState:
        """Return how far the recording came."""
        state = self.episodes.about(name)
        assert state is not None
        return state


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    """An empty street."""
    one = Street(tmp_path)
    yield one
    one.archive.database.close()


def opened(at: float) -> Alert:
    """The alert of person 1."""
    return alert("a", at, person="gate/s1/1")


def closed(at: float, until: float) -> Alert:
    """The same, closed."""
    return alert(
        "a", at, person="gate/s1/1", version=2, state="closed", closed_at=until, updated_at=until
    )


def begin(street: Street, recorder: EpisodeRecorder, one: Alert) -> None:
    """Let a process learn of an alert, as the carrier does."""
    recorder.follow([one])
    carry(street.archive, one)


def test_an_episode_is_kept_from_before_to_its_end(street: Street) -> None:
    """All frames from 2 s before it opened to its end, and no others."""
    street.walk(START, START + 8, {1: 100.0})
    recorder = street.process()
    begin(street, recorder, opened(START + 5))
    recorder.collect(0.0)
    recorder.follow([closed(START + 5, START + 7)])
    street.clock.now = START + 11
    recorder.collect(1.0)
    recorder.flush(1.0)

    times = [frame.at for frame in street.frames()]
    assert times[0] == pytest.approx(START + 5 - BEFORE_S, abs=0.15)
    assert times[-1] == pytest.approx(START + 7, abs=0.15)
    assert np.diff(times) == pytest.approx(0.1, abs=1e-3)
    about = street.about()
    assert (about.done, about.complete, about.thinned_from) == (True, True, None)
    assert (about.frames, about.width_px, about.height_px) == (len(times), 640, 480)


def test_the_person_comes_first_then_those_beside(street: Street) -> None:
    """Within two heights of the person, nearest first; whoever is further is left out."""
    street.walk(START, START + 1, {7: 350.0, 5: 150.0, 1: 100.0, 3: 280.0})
    recorder = street.process()
    begin(street, recorder, closed(START + 0.5, START + 0.9))
    street.clock.now = START + 10
    recorder.collect(0.0)
    recorder.flush(0.0)

    people = {tuple(person.number for person in frame.people) for frame in street.frames()}
    assert people == {(1, 5, 3)}
    joints = street.frames()[0].people[1].joints
    assert joints[:, 0] == pytest.approx(150.0)
    assert joints[:, 2] == pytest.approx(0.5, abs=0.005)


def test_those_beside_are_kept_while_the_person_is_unseen(street: Street) -> None:
    """Around the place where it was last seen."""
    street.show(START, {1: 100.0, 2: 150.0})
    street.show(START + 0.1, {2: 160.0, 9: 600.0})
    recorder = street.process()
    begin(street, recorder, closed(START, START + 1))
    street.clock.now = START + 10
    recorder.collect(0.0)
    recorder.flush(0.0)

    numbers = [[person.number for person in frame.people] for frame in street.frames()]
    assert numbers == [[1, 2], [2]]


def test_pieces_are_written_as_they_come(street: Street) -> None:
    """A long episode is in the archive up to some seconds ago."""
    recorder = street.process()
    begin(street, recorder, opened(START))
    written = []
    for second in range(12):
        street.walk(START + second, START + second + 1, {1: 100.0})
        recorder.collect(float(second))
        recorder.flush(float(second))
        written.append(len(street.frames()))

    assert written[int(PIECE_S)] >= 50
    assert written[-1] == 120
    assert not street.about().done


def test_a_successor_goes_on_where_the_dead_came(street: Street) -> None:
    """Nothing is lost and nothing is there twice while Redis has the frames."""
    first = street.process()
    begin(street, first, opened(START))
    street.walk(START, START + 6, {1: 100.0})
    first.collect(0.0)
    first.flush(0.0)
    first.flush(PIECE_S)
    street.walk(START + 6, START + 8, {1: 100.0})
    first.collect(7.0)  # and dies
    second = street.process()
    second.follow([closed(START, START + 7.95)])
    street.clock.now = START + 20
    second.collect(0.0)
    second.flush(0.0)

    assert np.diff([frame.at for frame in street.frames()]) == pytest.approx(0.1, abs=1e-3)
    assert len(street.frames()) == 80
    assert street.about().complete


def test_frames_that_were_gone_leave_the_episode_incomplete(street: Street) -> None:
    """It says so, and goes on with what is there."""
    recorder = street.process()
    begin(street, recorder, opened(START))
    street.walk(START, START + 1, {1: 100.0})
    recorder.collect(0.0)
    street.walk(START + 1, START + 2, {1: 100.0})
    # The twin's ids count entries, real ones milliseconds.
    street.site.poses["gate"] = [
        (f"{9000 + at}-0", view) for at, (_, view) in enumerate(street.site.poses["gate"][-3:])
    ]
    street.clock.now += 60
    recorder.collect(1.0)
    recorder.flush(PIECE_S + 1)

    assert not street.about().complete
    assert street.telemetry.value("archive_poses_incomplete_total") == 1
    assert len(street.frames()) == 13


def test_a_long_time_without_anybody_is_no_hole(street: Street) -> None:
    """Redis forgets the last views then; nothing was missed by who looked all the time."""
    recorder = street.process()
    begin(street, recorder, opened(START))
    street.show(START, {1: 100.0})
    recorder.collect(0.0)
    for minute in range(1, 4):
        street.clock.now = START + 50 * minute
        street.site.poses["gate"].clear()
        recorder.collect(0.0)
    street.site.poses["gate"].clear()
    street.site.entries = 900_000
    street.show(START + 160, {1: 100.0})
    recorder.collect(0.0)
    recorder.flush(PIECE_S)

    assert street.about().complete
    assert len(street.frames()) == 2


def test_after_ten_minutes_one_frame_a_second_is_kept(street: Street) -> None:
    """The answer says since when; after an hour the recording ends."""
    recorder = street.process()
    begin(street, recorder, opened(START))
    late = START - BEFORE_S + FULL_S
    street.walk(late - 1, late + 10, {1: 100.0})
    recorder.collect(0.0)
    recorder.flush(PIECE_S)
    about = street.about()
    street.clock.now = START + LONGEST_S
    recorder.flush(PIECE_S)

    assert len(street.frames()) == 10 + 10
    assert about.thinned_from == late
    assert (street.about().done, street.about().complete) == (True, False)


def test_another_session_is_another_person(street: Street) -> None:
    """A camera that was opened again counts people from 1; they are not the alert's."""
    street.show(START, {1: 100.0})
    street.show(START + 1, {1: 100.0}, session="s2")
    recorder = street.process()
    begin(street, recorder, closed(START, START + 5))
    street.clock.now = START + 10
    recorder.collect(0.0)
    recorder.flush(0.0)

    assert len(street.frames()) == 1


def test_old_events_begin_no_recording(street: Street) -> None:
    """What is carried over long after has no frames in Redis any more; what is done stays so."""
    recorder = street.process()
    street.clock.now = START + TOO_OLD_S + 100
    begin(street, recorder, closed(START, START + 5))

    assert street.episodes.about("a") is None
