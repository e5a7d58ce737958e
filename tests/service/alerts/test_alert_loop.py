"""The deciding loop over the in-memory twins: episodes, clips, silence."""

import pytest
from support.alert_site import AlertSite
from support.cue_maker import fall, frames

from service.alerts.loop_dependencies import AlertLoopOptions
from tracker.types import Window

CALM, WILD = 1.0, 5.0


def test_an_episode_is_told_with_its_joints_and_clip(road: AlertSite) -> None:
    """The alert names the joints by their share and keeps the window of its peak."""
    road.write(*[CALM] * 3, *[WILD] * 5, *[CALM] * 12)

    road.process().step(0.0)

    assert road.changes() == ["opened", "closed"]
    _, opened = road.events[0]
    assert opened.alert.joints[:3] == ("neck", "nose", "right_shoulder")
    assert all(event.alert.joints == opened.alert.joints for _, event in road.events)
    said = [event.alert.explanation for _, event in road.events]
    assert {each and (each.code, each.parameters.part) for each in said} == {
        ("movement_part", "trunk")
    }
    found = road.alerts.get(opened.alert.id)
    assert found is not None
    alert, clip = found
    assert clip is not None
    assert (alert.state, clip.fps, len(clip.poses), len(clip.joint_map)) == ("closed", 24.0, 24, 24)
    assert len(clip.poses[0]) == 17
    assert sum(map(sum, clip.joint_map)) == pytest.approx(24 * 6.0)
    assert (
        road.telemetry.value("alerts_total", camera="gate", severity="warning", state="open") == 1
    )
    assert (
        road.telemetry.value("alerts_total", camera="gate", severity="warning", state="closed") == 1
    )
    assert road.telemetry.value("cameras_held", role="api") == 2


def test_a_trimmed_window_costs_the_clip_not_the_alert(road: AlertSite) -> None:
    """The loss is counted."""
    road.write(*[WILD] * 4)
    road.memory.windows.clear()

    road.process().step(0.0)

    assert road.changes() == ["opened"]
    assert road.telemetry.value("alert_poses_lost_total") == 1


def test_a_window_of_another_model_costs_the_clip_not_the_process(road: AlertSite) -> None:
    """A former model's windows may be shorter than what the present one can explain."""
    road.write(*[WILD] * 4)
    for reference, window in road.memory.windows.items():
        road.memory.windows[reference] = Window(
            window.person, window.last_seq, window.at, window.joints[:12]
        )

    road.process().step(0.0)

    assert road.changes() == ["opened"]
    assert road.telemetry.value("alert_poses_lost_total") == 1


def test_scores_that_come_twice_are_counted(road: AlertSite) -> None:
    """Their reason is told."""
    road.write(*[WILD] * 4)
    road.memory.scores["gate"].append(road.memory.scores["gate"][-1])
    road.memory.scores["gate"][-1] = (road.memory.next_id(), road.memory.scores["gate"][-1][1])

    road.process().step(0.0)

    assert road.telemetry.value("scores_ignored_total", reason="twice") == 1
    assert road.changes() == ["opened"]


def test_those_who_left_are_closed_by_the_camera_s_time(road: AlertSite) -> None:
    """Four seconds after the last score, when the camera no longer sees them."""
    process = road.process()
    road.write(*[WILD] * 4)
    road.see(1.0, 1)
    process.step(0.0)
    road.see(8.0, 1)
    process.step(1.0)
    assert road.changes() == ["opened"]

    road.see(8.1, 1, session="s2")
    process.step(2.0)

    assert road.changes() == ["opened", "closed"]


def test_scores_still_waiting_keep_people_alive(road: AlertSite) -> None:
    """Time has come only as far as the scores that were read, not as far as the picture."""
    road.write(*[WILD] * 4)
    road.see(60.0)

    road.process().step(0.0)

    assert road.changes() == ["opened"]


def test_a_camera_without_frames_ends_its_episodes(road: AlertSite) -> None:
    """After half a minute of wall clock nobody is left to watch."""
    process = road.process()
    road.write(*[WILD] * 4)
    road.see(1.0, 1)
    process.step(0.0)
    process.step(29.9)
    assert road.changes() == ["opened"]

    process.step(30.5)

    _, closed = road.events[-1]
    assert closed.type == "closed"
    assert closed.alert.closed_at == road.start_at + 0.9


def test_cameras_do_not_mix(road: AlertSite) -> None:
    """Each has its own memory and its own alerts."""
    road.write(*[WILD] * 4)
    road.write(*[WILD] * 4, camera="yard")

    road.process().step(0.0)

    alerts = {event.alert.camera: event.alert.id for _, event in road.events}
    assert alerts.keys() == {"gate", "yard"}
    assert len(set(alerts.values())) == 2


@pytest.mark.parametrize("name", ["renew_s", "wait_s", "tick_s", "camera_gone_s"])
def test_options_out_of_range_are_refused(name: str) -> None:
    """Each range stands beside its field."""
    with pytest.raises(ValueError, match=name):
        AlertLoopOptions(**{name: 0.0})


def test_a_fall_is_decided_without_any_worker(road: AlertSite) -> None:
    """Cues come from the camera itself; a successor continues after the last ones it knows."""
    for frame in frames(*fall(lies_s=5.0)):
        road.memory.cues["gate"].append((road.memory.next_id(), frame))
    road.process("a").step(0.0)
    road.now = 60.0
    road.process("b").step(road.now)

    assert [event.type for _, event in road.events] == ["opened", "updated"]
    assert road.events[-1][1].alert.kind == "person_down"


def test_what_is_not_armed_when_it_was_filmed_opens_nothing(road: AlertSite) -> None:
    """Per camera and by capture time, which lies long before the time at which it is decided."""
    road.armed = lambda camera, _kind, at: camera == "yard" and at < road.start_at + 3
    road.write(*[WILD] * 5, *[CALM] * 12)
    for start in (0, 60):
        road.write(*[WILD] * 5, *[CALM] * 12, start=start, camera="yard")

    road.process().step(0.0)

    assert road.changes() == ["opened", "closed"]
    assert {event.alert.camera for _, event in road.events} == {"yard"}
    assert road.events[0][1].alert.opened_at < road.start_at + 3
    assert road.telemetry.value("camera_last_score_timestamp_seconds", camera="gate") > 0
