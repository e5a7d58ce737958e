"""Compares tracks with hand-drawn ground truth by the metrics of TrackEval.

HOTA after Luiten et al. (2021), MOTA and identity switches after CLEAR-MOT (Bernardin and
Stiefelhagen 2008), IDF1 after Ristani et al. (2016). Boxes on objects that MOTChallenge
marks as not pedestrians (reflections, cyclists) are ignored.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from trackeval.datasets import MotChallenge2DBox
from trackeval.metrics import CLEAR, HOTA, Identity

from export.bench.vision.mot_files import read_rows
from tracker.types import Track

_PEDESTRIAN = 1  # the class column of MOT16 and later; older files have -1 there
_NAME = "sequence"


def quality(
    truth: Path, tracks: Mapping[int, Sequence[Track]], frames: Iterable[int]
) -> dict[str, float | int]:
    """Compare tracks with a ground truth in MOTChallenge's format.

    Args:
        truth: rows of frame (from 1), number, left, top, width, height, counts, class.
        tracks: the people found, by frame.
        frames: the frames used; the others are ignored.

    Raises:
        ConfigError: the ground truth cannot be read.
    """
    places = {frame: place for place, frame in enumerate(frames, start=1)}
    truth_rows = _within(_with_class(read_rows(truth)), places)
    found_rows = _within(_rows(tracks), places)
    data = _compared(truth_rows, found_rows, len(places))
    clear = CLEAR({"PRINT_CONFIG": False}).eval_sequence(data)
    identity = Identity({"PRINT_CONFIG": False}).eval_sequence(data)
    hota = HOTA().eval_sequence(data)
    return {
        "frames": len(places),
        "people": data["num_gt_ids"],
        "tracks": data["num_tracker_ids"],
        "precision": round(float(clear["CLR_Pr"]), 4),
        "recall": round(float(clear["CLR_Re"]), 4),
        "mota": round(float(clear["MOTA"]), 4),
        "idf1": round(float(identity["IDF1"]), 4),
        "hota": round(float(np.mean(hota["HOTA"])), 4),
        "id_switches": int(clear["IDSW"]),
    }


def _compared(
    truth: NDArray[np.float64], found: NDArray[np.float64], frames: int
) -> Mapping[str, int]:  # and lists of arrays, which only the metrics read
    """Return the input of the metrics, after the preprocessing of MOTChallenge."""
    # TrackEval reads files in the published layout; preprocessing is part of that reader.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "ours").mkdir()
        np.savetxt(folder / "gt.txt", truth, delimiter=",", fmt="%.10g")
        np.savetxt(folder / "ours" / f"{_NAME}.txt", found, delimiter=",", fmt="%.10g")
        reader = MotChallenge2DBox(
            {
                "GT_FOLDER": name,
                "GT_LOC_FORMAT": "{gt_folder}/gt.txt",
                "TRACKERS_FOLDER": name,
                "TRACKERS_TO_EVAL": ["ours"],
                "TRACKER_SUB_FOLDER": "",
                "SKIP_SPLIT_FOL": True,
                "SEQ_INFO": {_NAME: frames},
                "BENCHMARK": "MOT17" if (truth[:, 7] == _PEDESTRIAN).any() else "MOT15",
                "PRINT_CONFIG": False,
            }
        )
        raw = reader.get_raw_seq_data("ours", _NAME)
        data: Mapping[str, int] = reader.get_preprocessed_seq_data(raw, "pedestrian")
        return data


def _rows(tracks: Mapping[int, Sequence[Track]]) -> NDArray[np.float64]:
    rows = []
    for frame, people in tracks.items():
        for track in people:
            left, top, right, bottom = track.pose.box_px.tolist()
            number = track.person.number
            rows.append([frame, number, left, top, right - left, bottom - top, 1.0, 1.0])
    return np.array(rows, np.float64).reshape(-1, 8)


def _with_class(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N, 8): rows without a class column get -1, as the older files have it."""
    return np.concatenate([rows, np.full((len(rows), 1), -1.0)], axis=1)[:, :8]


def _within(rows: NDArray[np.float64], places: Mapping[int, int]) -> NDArray[np.float64]:
    """Keep the frames used, numbered from 1 without gaps."""
    kept = rows[[int(frame) in places for frame in rows[:, 0]]]
    kept[:, 0] = [places[int(frame)] for frame in kept[:, 0]]
    return kept
