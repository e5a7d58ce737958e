"""The tracker on real streets: published detections and ground truth, judged by TrackEval."""

from pathlib import Path

import pytest

from export.bench.vision.mot_files import read_sequence
from export.bench.vision.tracking_quality import quality
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import Frame


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "every", "mota_min", "idf1_min", "hota_min", "switches_max"),
    [  # when written: MOTA, IDF1, HOTA, switches
        ("PETS09-S2L1", 1, 0.56, 0.56, 0.39, 80),  # .58, .59, .42, 67
        ("PETS09-S2L1", 2, 0.55, 0.54, 0.39, 65),  # at 5 frames/s
        ("MOT17-05", 1, 0.26, 0.35, 0.27, 50),  # .29, .38, .29, 37
    ],
)
def test_people_of_a_real_street_keep_their_numbers(
    shared: Path,
    name: str,
    every: int,
    mota_min: float,
    idf1_min: float,
    hota_min: float,
    switches_max: int,
) -> None:
    """From boxes of which many are missing and some wrong, few tracks are invented or change."""
    sequence = read_sequence(shared / "data" / "mot" / name)
    tracker, tracks = ByteTrack(), {}
    size_px = (sequence.width_px, sequence.height_px)

    for number in range(1, sequence.frames + 1, every):
        frame = Frame("street", "s", number, number / sequence.fps, *size_px)
        tracks[number] = tracker.update(frame, sequence.detections.get(number, []))
    figures = quality(sequence.truth, tracks, tracks.keys())

    assert figures["mota"] > mota_min
    assert figures["idf1"] > idf1_min
    assert figures["hota"] > hota_min
    assert figures["id_switches"] < switches_max
