"""How many past alerts a polygon would have removed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from support.archives import Archive, alert, carry, sqlite_archive
from support.zone_views import FPS, HEIGHT_PX, WIDTH_PX, Body

from inference.types import Alert, KindScore
from service.adapters.database.episodes import DatabaseEpisodes
from service.adapters.memory.alerts import MemoryAlertLog, MemoryAlerts
from service.archive import zone_preview
from service.archive.reading import AlertReader
from service.archive.zone_preview import ZonePreview, preview
from service.records import EpisodePiece, EpisodeState, PersonPose, PoseFrame
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.zones.zone import ZoneKind

NOW = 1_000_000.0
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
INSIDE, OUTSIDE = (0.3, 0.6), (0.7, 0.6)
FALL = KindScore(kind="fall", peak_score=2.0, peak_at=NOW, threshold=1.0)


class Past:
    """An archive with alerts of one camera."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._episodes = DatabaseEpisodes(archive.database)
        memory = MemoryAlerts([], telemetry=InMemoryTelemetry())
        self._reader = AlertReader(archive.reader, MemoryAlertLog([]), memory)

    def add(self, name: str, bodies: Sequence[Body | None], **changes: object) -> None:
        """Archive an alert that opens with the last of these frames; None: nobody is seen."""
        opened_at = NOW - 60.0
        one = alert(name, opened_at, **changes)
        carry(self.archive, one)
        (state,) = self._episodes.begin([one])
        begin_at = one.opened_at - (len(bodies) - 1) / FPS
        frames = [
            PoseFrame(
                begin_at + number / FPS,
                () if body is None else (PersonPose(1, body.pose().joints),),
            )
            for number, body in enumerate(bodies)
        ]
        for part in (frames[:20], frames[20:]):
            state = self._recorded(state, part)

    def _recorded(self, state: EpisodeState, frames: Sequence[PoseFrame]) -> EpisodeState:
        if not frames:
            return state
        state = EpisodeState(
            alert=state.alert,
            pieces=state.pieces + 1,
            frames=state.frames + len(frames),
            width_px=WIDTH_PX,
            height_px=HEIGHT_PX,
        )
        self._episodes.add(EpisodePiece(state=state, frames=frames))
        return state

    def preview(self, kind: ZoneKind = "ignore") -> ZonePreview:
        """Try the left half of the picture."""
        return preview(
            LEFT,
            kind,
            camera="gate",
            now=NOW,
            alerts=self._reader,
            episodes=self._episodes,
        )


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    """Nothing has happened yet."""
    archive = sqlite_archive(tmp_path)
    yield Past(archive)
    archive.database.close()


def standing(feet: tuple[float, float], seconds: float = 2.0) -> list[Body | None]:
    """Return frames of somebody who stands there."""
    return [Body(feet=feet)] * (round(seconds * FPS) + 1)


def fallen(before: tuple[float, float], to: float) -> list[Body | None]:
    """Return two seconds in which somebody falls from there, and lies."""
    return [*standing(before, 1.2), *[Body(feet=before, fallen=to)] * 12]


def test_alerts_inside_would_be_gone_and_those_whose_place_nobody_knows_stay(past: Past) -> None:
    """An ignored zone removes whom it surely holds."""
    hidden = Body(feet=INSIDE, unseen=range(17))
    past.add("inside", standing(INSIDE))
    past.add("outside", standing(OUTSIDE))
    past.add("hidden", [hidden] * 31)
    past.add("unseen", [None] * 31)
    carry(past.archive, alert("unrecorded", NOW - 30.0))

    found = past.preview()

    assert found == ZonePreview(alerts=5, removed=("inside",), unsure=3, complete=True)


def test_only_here_removes_alerts_that_were_surely_elsewhere(past: Past) -> None:
    """The other way round; who is unsure stays again."""
    past.add("inside", standing(INSIDE))
    past.add("outside", standing(OUTSIDE))
    past.add("hidden", [None] * 31)

    found = past.preview("zone")

    assert (found.removed, found.unsure, found.alerts) == (("outside",), 1, 3)


@pytest.mark.parametrize(
    ("before", "to", "ignored", "elsewhere"),
    [
        (INSIDE, 1.0, True, False),
        ((0.49, 0.6), 1.0, False, False),
        ((0.51, 0.6), -1.0, False, False),
        (OUTSIDE, 1.0, False, True),
    ],
    ids=["inside", "out of it", "into it", "outside"],
)
def test_falls_count_where_both_halves_were(
    past: Past, before: tuple[float, float], to: float, ignored: bool, elsewhere: bool
) -> None:
    """As the camera would have decided: where they stood, and where they lie."""
    past.add("fall", fallen(before, to), kind="fall", kinds=(FALL,))

    assert bool(past.preview("ignore").removed) == ignored
    assert bool(past.preview("zone").removed) == elsewhere


def test_older_alerts_and_other_cameras_are_not_asked(past: Past) -> None:
    """Seven days of this camera."""
    old: Alert = msgspec.structs.replace(alert("old", NOW - 8 * 86_400.0))
    carry(past.archive, old, alert("yard", NOW - 5.0, camera="yard"))

    assert past.preview() == ZonePreview(alerts=0, removed=(), unsure=0, complete=True)


def test_very_many_alerts_are_not_all_looked_at(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest are, and the answer says so."""
    monkeypatch.setattr(zone_preview, "MOST_PREVIEWED", 2)
    carry(past.archive, *(alert(f"a{number}", NOW - 100.0 - number) for number in range(4)))

    found = past.preview()

    assert (found.alerts, found.unsure, found.complete) == (2, 2, False)
