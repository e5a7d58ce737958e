"""The judging half: records to alerts, by the product's own parts."""

from dataclasses import replace
from functools import cache

import msgspec
import numpy as np
from support.event_clips import simulated_record

from export.bench.events.command import shipped_rule
from export.bench.events.live_rule import play, score, send
from export.bench.events.record import ClipRecord, FrameRecord
from inference.bundled_model import bundled_model
from inference.flow_onnx import OnnxFlow
from service.adapters.memory.site import MemorySite
from service.adapters.memory.windows import MemoryWindowStore
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.options import WindowOptions
from tracker.simulator.crowd import Event

BUNDLED = bundled_model()


@cache
def _flow() -> OnnxFlow:
    return OnnxFlow(BUNDLED)


def test_windows_are_those_of_the_window_store() -> None:
    """The store of a running site, given the same samples, emits the very same windows."""
    record, _ = simulated_record(people=3, seconds=6.0)
    sent = send(record, WindowOptions())
    site = MemorySite()
    store = MemoryWindowStore(site, frames=24, telemetry=InMemoryTelemetry())

    ready = [store.push(frame.view, frame.samples) for frame in sent]

    assert ready == [len(frame.windows) for frame in sent]
    ours = [window for frame in sent for window in frame.windows]
    assert len(ours) > 0
    for one, other in zip(ours, site.windows.values(), strict=True):
        assert (one.person, one.last_seq, one.at) == (other.person, other.last_seq, other.at)
        np.testing.assert_array_equal(one.joints, other.joints)


def test_a_simulated_fall_raises_an_alert_in_its_time() -> None:
    """At the shipped defaults; the alert tells when it opened, from the clip's first picture."""
    record, (episode,) = simulated_record(Event("fall", 8.0))

    played = play(record, _flow(), shipped_rule(_flow().card))

    assert episode.start_s < played.alerts[0].opened_s < episode.end_s + 5
    assert played.alerts[0].kinds[0] == (played.alerts[0].opened_s, "fall")


def test_people_who_walk_raise_none() -> None:
    """Of a quiet play there are scores and no alert."""
    record, _ = simulated_record(people=2)

    played = play(record, _flow(), shipped_rule(_flow().card))

    assert played.alerts == ()
    assert len(played.scores) > 50


def test_whoever_falls_at_the_end_stays_open() -> None:
    """An episode that the clip's end cuts off has no end of its own."""
    record, (episode,) = simulated_record(Event("fall", 8.0))
    cut = [f for f in record.frames if record.time_s(f.at) <= episode.end_s + 1.5]
    shorter = ClipRecord(
        record.begin_at, record.fps, record.width_px, record.height_px, (), tuple(cut)
    )

    (alert,) = play(shorter, _flow(), shipped_rule(_flow().card)).alerts

    assert alert.closed_s is None


def test_scores_come_in_the_order_of_capture() -> None:
    """One a window, each at the time of the frame that completed it."""
    record, _ = simulated_record(people=2, seconds=5.0)
    sent = send(record, WindowOptions())

    scores = score(sent, _flow())

    assert [one.at for one in scores] == sorted(one.at for one in scores)
    assert len(scores) == sum(len(frame.windows) for frame in sent)


def test_views_cues_and_scores_are_of_one_session() -> None:
    """Another session would begin the rule anew with every frame."""
    record, _ = simulated_record(seconds=4.0)
    other = [replace_session(frame, "20261128T000000.000-0") for frame in record.frames]
    record = ClipRecord(
        record.begin_at, record.fps, record.width_px, record.height_px, (), tuple(other)
    )

    sent = send(record, WindowOptions())

    sessions = {frame.view.session for frame in sent} | {frame.cues.session for frame in sent}
    sessions |= {window.person.session for frame in sent for window in frame.windows}
    assert sessions == {"20261128T000000.000-0"}


def replace_session(frame: FrameRecord, session: str) -> FrameRecord:
    """Return the frame as of another camera session."""
    tracks = tuple(
        replace(track, person=replace(track.person, session=session)) for track in frame.tracks
    )
    return msgspec.structs.replace(frame, tracks=tracks)
