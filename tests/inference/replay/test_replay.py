"""Decisions made once more from their records."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cue_maker import fall, frames
from support.score_maker import ScoreMaker

from inference.alert_options import AlertOptions
from inference.alert_reports import Decision
from inference.kinds.watch import KindOptions
from inference.replay.journal import STEPS_BOUND, JournaledAlerts
from inference.replay.record import DecisionRecord, RecordedWindow, Rules, Step
from inference.replay.recording import record_of as recorded
from inference.replay.replay import Ingredients, ReplayResult
from inference.replay.replay import replay as decide_again
from service.adapters.decision_codec import decode_record, encode_record
from tracker.types import PersonId, Window
from tracker.zones.zone import NO_ZONES, CameraZones

MADE_BY = Ingredients(model="m", provider="cpu", runtime="1.0", software="0.4")
RULES = Rules(
    threshold=2.0,
    options=AlertOptions(minimum_s=0.3),
    kinds=KindOptions(),
    ordinary=None,
    zones=NO_ZONES,
    thresholds={},
    snapshot=0,
)
MAKER = ScoreMaker()


def record_of(decision: Decision, journal: JournaledAlerts) -> DecisionRecord:
    """The record of a decision that was just made, through the bytes that it is kept as."""
    made = recorded(decision, journal, window_of, runtime="1.0", software="0.4")
    return decode_record(encode_record(msgspec.structs.replace(made, provider="cpu")))


def window_of(_camera: str, reference: str) -> Window | None:
    """Some poses for every other window; the others are gone."""
    seq, _, number = reference.partition("-")
    if int(seq) % 2:
        return None
    joints = np.random.default_rng(int(seq)).normal(size=(24, 17, 3)).astype(np.float32)
    return Window(PersonId("gate", "s1", int(number)), int(seq), 0.0, joints)


def again(record: DecisionRecord, nll: float | None = 5.0, **now: str) -> ReplayResult:
    """Decide once more, with a model that gives every window this score."""
    return decide_again(record, lambda _joints: nll, replace(MADE_BY, **now))


def first_alert(journal: JournaledAlerts, values: Sequence[float]) -> DecisionRecord:
    """Let somebody move more and more strangely until an alert opens; return its record."""
    for score in MAKER.series(values):
        if decisions := journal.accept(score):
            return record_of(decisions[0], journal)
    raise AssertionError("no alert opened")


@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(st.one_of(st.none(), st.floats(0, 9)), min_size=8, max_size=60),
    saved_at=st.sets(st.integers(0, 59)),
    gone_at=st.sets(st.integers(0, 59)),
    armed=st.lists(st.booleans(), min_size=1, max_size=7),
    fallen_from=st.integers(0, 30),
)
def test_every_decision_is_made_again_bit_for_bit(
    values: list[float | None],
    saved_at: set[int],
    gone_at: set[int],
    armed: list[bool],
    fallen_from: int,
) -> None:
    """Whatever comes in which order, wherever the state was saved, whatever was armed."""
    asked = iter(armed * 500)
    journal = JournaledAlerts(RULES, None, lambda _kind, _at: next(asked))
    shown = frames(*fall(), start_s=fallen_from / 10)
    records: list[DecisionRecord] = []

    def note(decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            records.append(record_of(decision, journal))
            journal.name_joints(decision.event.alert.id, ("neck",))

    for place, score in enumerate(MAKER.series(values)):
        note([] if journal.alerts.rejection(score) else journal.accept(score))
        while shown and shown[0].at <= score.at:
            note(journal.add_cues(shown.pop(0)))
        if place in gone_at:
            note(journal.expire(score.at + 20, set()))
        if place in saved_at:
            journal.saved(journal.alerts.to_bytes())
    note(journal.close_all(None, for_good=True))

    for record in records:
        known = {window.joints: window.nll for window in record.windows}
        result = decide_again(record, lambda joints: known[joints.tobytes()], MADE_BY)  # noqa: B023
        assert result.exact, result.differences


def test_another_score_decides_otherwise_and_is_named() -> None:
    """A record whose step was changed does not come out the same."""
    record = first_alert(JournaledAlerts(RULES, None, lambda _k, _a: True), [5.0] * 9)
    last: Any = record.steps[-1]
    louder = msgspec.structs.replace(last, score=replace(last.score, nll=6.0))
    changed: tuple[Step, ...] = (*record.steps[:-1], louder)
    result = again(msgspec.structs.replace(record, steps=changed))

    assert not result.holds
    assert any(each.startswith("peak_score is ") for each in result.differences)


def test_another_threshold_decides_nothing_and_says_so() -> None:
    """What was recorded is what decides: not the rules of today."""
    record = first_alert(JournaledAlerts(RULES, None, lambda _k, _a: True), [5.0] * 9)
    rules = msgspec.structs.replace(record.rules, threshold=50.0)
    result = again(msgspec.structs.replace(record, rules=rules))

    assert (result.event, result.holds) == (None, False)
    assert "the rules decide nothing now" in result.differences
    assert rules.digest != record.rules.digest
    assert msgspec.structs.replace(rules, threshold=2.0).digest == record.rules.digest


@pytest.mark.parametrize(
    ("nll", "holds", "said"),
    [
        (5.0, True, None),
        (5.00005, True, "scores differ by up to 5e-05 bits/dimension"),
        (5.01, False, "scores differ by up to 0.01 bits/dimension"),
        (None, False, "scores differ by up to inf bits/dimension"),
    ],
)
def test_windows_are_scored_again(nll: float | None, holds: bool, said: str | None) -> None:
    """From the very poses; another provider may differ in the last digits."""
    record = without_windows()
    joints = np.random.default_rng(1).normal(size=(24, 17, 3)).astype("<f4")
    window = RecordedWindow(reference="1-0", frames=24, joints=joints.tobytes(), nll=5.0)
    seen: list[np.ndarray[Any, Any]] = []

    def score(given: np.ndarray[Any, Any]) -> float | None:
        seen.append(given)
        return nll

    result = decide_again(msgspec.structs.replace(record, windows=(window,)), score, MADE_BY)

    assert np.array_equal(seen[0], joints)
    assert result.holds is holds
    assert result.differences == (() if said is None else (said,))


def test_it_says_which_ingredient_differs() -> None:
    """Each by name, with what it was."""
    record = without_windows()
    joints = np.zeros((24, 17, 3), "<f4").tobytes()
    window = RecordedWindow(reference="1-0", frames=24, joints=joints, nll=5.0)
    record = msgspec.structs.replace(record, windows=(window,))
    result = again(record, model="n" * 64, provider="cuda", runtime="2.0", software="0.5")

    assert result.holds
    assert not result.exact
    assert result.differences == (
        "model is nnnnnnnnnnnn, was m",
        "execution provider is cuda, was cpu",
        "ONNX Runtime is 2.0, was 1.0",
        "posewarden is 0.5, was 0.4",
    )


def without_windows() -> DecisionRecord:
    """A record whose windows are gone."""
    record = first_alert(JournaledAlerts(RULES, None, lambda _k, _a: True), [5.0] * 9)
    return msgspec.structs.replace(record, windows=(), digests={})


def moved(record: DecisionRecord) -> DecisionRecord:
    """The record with one joint a thousandth of a pixel aside."""
    first = record.windows[0]
    joints = np.frombuffer(first.joints, "<f4").copy()
    joints[0] += np.float32(1e-3)
    other = msgspec.structs.replace(first, joints=joints.tobytes())
    return msgspec.structs.replace(record, windows=(other, *record.windows[1:]))


def with_rules(record: DecisionRecord, **changes: Any) -> DecisionRecord:
    """The record with other rules."""
    rules = msgspec.structs.replace(record.rules, **changes)
    return msgspec.structs.replace(record, rules=rules)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (moved, "windows"),
        (lambda one: with_rules(one, options=AlertOptions(minimum_s=0.35)), "options"),
        (lambda one: with_rules(one, kinds=KindOptions(hold_s=9.0)), "options"),
        (lambda one: with_rules(one, snapshot=7), "calibration"),
        (lambda one: with_rules(one, thresholds={"movement": 2.1}), "calibration"),
        (lambda one: with_rules(one, zones=CameraZones(min_height_px=9.0)), "zones"),
        (lambda one: msgspec.structs.replace(one, steps=one.steps[1:]), "steps"),
        (lambda one: msgspec.structs.replace(one, armed=()), "steps"),
    ],
)
def test_a_changed_record_says_which_ingredient_is_another(
    change: Callable[[DecisionRecord], DecisionRecord], named: str
) -> None:
    """One by one, each is named, alone, whether it decides otherwise or not."""
    record = first_alert(JournaledAlerts(RULES, None, lambda _k, _a: True), [5.0] * 9)
    assert again(record).exact
    result = again(change(record))

    said = [each for each in result.differences if "SHA-256" in each]
    assert not result.exact
    assert [each.partition(" in the record")[0] for each in said] == [named]


def test_a_record_of_another_format_is_refused() -> None:
    """It may mean something else."""
    record = first_alert(JournaledAlerts(RULES, None, lambda _k, _a: True), [5.0] * 9)

    with pytest.raises(ValueError, match="format 9"):
        again(msgspec.structs.replace(record, format=9))
    with pytest.raises(ValueError, match="does not read"):
        decode_record(b"no record")
    with pytest.raises(ValueError, match="saved state does not read"):
        again(msgspec.structs.replace(record, before=record.before[:-1]))


def test_a_journal_is_bounded() -> None:
    """What does not fit is said; the next save begins anew."""
    journal = JournaledAlerts(RULES, None, lambda _k, _a: True)
    for number in range(STEPS_BOUND + 1):
        journal.expire(float(number), set())
    overflown, kept = journal.overflown, len(journal.steps)
    journal.saved(journal.alerts.to_bytes())

    assert (overflown, kept) == (True, STEPS_BOUND)
    assert (journal.overflown, journal.steps) == (False, [])
