"""Event recall and F1 on pose sets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.event_clips import simulated_record

from export.bench.events.command import shipped_rule
from export.bench.events.pose_figures import allowed_false_alarms, event_f1, pose_set_figures
from export.bench.events.pose_sets import PoseSet
from export.data.clips import Clip
from export.data.labelled import LabelledClip
from inference.bundled_model import bundled_model
from inference.flow_onnx import OnnxFlow
from tracker.simulator.crowd import Event
from tracker.sources.pose_file import PersonPoses

BUNDLED = bundled_model()
RANGES = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=6).map(
    lambda rows: [(begin, begin + length) for begin, length in rows]
)


def test_rates_below_one_alarm_allow_none() -> None:
    """On .175 h: 2/h none, 6/h one, 20/h three."""
    assert [allowed_false_alarms(rate, 0.17524) for rate in (2.0, 6.0, 20.0)] == [0, 1, 3]


@given(RANGES, RANGES)
def test_f1_is_a_share_and_treats_both_sides_alike(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    """Between 0 and 1, the same whichever is the truth; of a list with itself, 1."""
    found = event_f1(first, second, overlap=0.2)

    assert 0 <= found <= 1
    assert found == event_f1(second, first, overlap=0.2)
    assert event_f1(first, first, overlap=0.2) == (1.0 if first else 0.0)


def test_a_prediction_must_share_a_fifth_of_the_time() -> None:
    """Two of ten frames are enough, one of ten is not."""
    assert event_f1([(0, 2)], [(0, 10)], overlap=0.2) == 1.0
    assert event_f1([(0, 1)], [(0, 10)], overlap=0.2) == 0.0


@pytest.mark.slow
def test_a_simulated_fall_is_found_on_poses_alone() -> None:
    """One clip with a fall and a quiet one: the fall stands out at no false alarm."""
    clips = []
    for name, events in (("fall", [Event("fall", 8.0)]), ("quiet", [])):
        record, episodes = simulated_record(*events)
        joints = np.stack([frame.tracks[0].pose.joints for frame in record.frames])
        mask = np.zeros(len(joints), np.bool_)
        for one in episodes:
            mask[round(one.start_s * 15) : round(one.normal_again_s * 15)] = True
        person = PersonPoses(np.arange(len(joints)), joints)
        clips.append(LabelledClip(Clip(name, 15.0, {1: person}), "1", name, mask))
    flow = OnnxFlow(BUNDLED)

    found = pose_set_figures(
        PoseSet("made", 15.0, clips, (1280, 720)), flow, shipped_rule(flow.card)
    )

    assert (found["clips"], found["events"], found["frames"]) == (2, 1, 600)
    assert found["event_recall"][0] == {
        "per_hour": 2.0, "false_alarms": 0, "resolvable": False, "recall": 1.0,
    }  # fmt: skip
    assert found["shipped_rule"]["found"] == 1
    assert found["shipped_rule"]["false_alarms"] == 0
    assert set(found["baselines"]) == {"trunk_angle", "hip_speed", "person_is_there"}
