"""What is not armed opens nothing; what is open goes on to its end."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cue_maker import LYING, STANDING, START_AT, fall, frames
from support.score_maker import ScoreMaker

from inference.alert_options import AlertOptions
from inference.camera_alerts import CameraAlerts
from inference.kinds.watch import KindOptions
from inference.types import Kind

CALM, WILD = 1.0, 5.0
Armed = Callable[[Kind, float], bool]


def camera(armed: Armed, *, options: AlertOptions = ScoreMaker.options) -> CameraAlerts:
    """Return a camera that has seen nothing yet."""
    return CameraAlerts(ScoreMaker.threshold, options, armed=armed)


def only(*kinds: Kind) -> Armed:
    """Return that these kinds are armed at any time."""
    return lambda kind, _at: kind in kinds


def test_nothing_opens_while_nothing_is_armed(scoring: ScoreMaker) -> None:
    """Neither movement nor a fall."""
    alerts = camera(only())

    by_score = scoring.decided(scoring.series([WILD] * 30), alerts)
    by_cues = [d for frame in frames(*fall(lies_s=30.0)) for d in camera(only()).add_cues(frame)]

    assert (by_score, by_cues) == ([], [])


def test_a_kind_that_is_not_armed_opens_nothing_while_another_does() -> None:
    """The fall is armed, the person down is not: one alert of one kind, and it ends."""
    alerts = camera(only("fall"), options=AlertOptions())

    shown = [*fall(lies_s=10.0), *[STANDING] * 90]
    decisions = [d for frame in frames(*shown) for d in alerts.add_cues(frame)]

    last = decisions[-1].event
    assert [each.kind for each in last.alert.kinds] == ["fall"]
    assert last.type == "closed", "nothing that is not armed holds it open"


def test_what_is_open_goes_on_to_its_end(scoring: ScoreMaker) -> None:
    """Disarmed while it is open: it is updated and closed as ever, and the next one stays away."""
    off_at = scoring.start_at + 2.0
    alerts = camera(lambda _kind, at: at < off_at)

    decisions = scoring.decided(
        scoring.series([WILD] * 5 + [4 * WILD] * 10 + [CALM] * 12 + [WILD] * 10), alerts
    )

    assert scoring.kinds(decisions) == ["opened", "closed"]
    closed = decisions[-1].event.alert
    assert closed.closed_at is not None
    assert closed.closed_at > off_at
    assert closed.peak_at > off_at, "its peak is told though it came later"


def test_somebody_down_is_told_of_until_up_though_nothing_is_armed_any_more() -> None:
    """Disarming is no all-clear: whoever lies there still lies there."""
    alerts = camera(lambda _kind, at: at < START_AT + 10.0, options=AlertOptions())

    down = [d for frame in frames(*fall(lies_s=60.0)) for d in alerts.add_cues(frame)]
    up = [d for frame in frames(*[STANDING] * 90, start_s=61.4) for d in alerts.add_cues(frame)]

    assert (down[-1].event.alert.kind, down[-1].event.alert.state) == ("person_down", "open")
    assert up[-1].event.type == "closed"


def test_what_goes_on_when_it_is_armed_opens_then(scoring: ScoreMaker) -> None:
    """Its peak is of the time since: what was before is nobody's alert."""
    on_at = scoring.start_at + 3.0
    alerts = camera(lambda _kind, at: at >= on_at)

    decisions = scoring.decided(scoring.series([9 * WILD] * 5 + [WILD] * 20), alerts)

    opened = decisions[0].event.alert
    assert opened.opened_at == pytest.approx(on_at)
    assert opened.peak_at >= on_at


def test_somebody_who_lies_there_when_it_is_armed_is_told_of() -> None:
    """The fall was before and is not told; that they are down is."""
    alerts = camera(lambda _kind, at: at >= START_AT + 8.0, options=AlertOptions())

    decisions = [d for frame in frames(*fall(lies_s=20.0)) for d in alerts.add_cues(frame)]

    assert decisions
    assert [each.kind for each in decisions[-1].event.alert.kinds] == ["person_down"]
    assert decisions[0].event.alert.opened_at >= START_AT + 8.0


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.sampled_from([CALM, WILD, None]), max_size=40),
    switches=st.lists(st.integers(0, 120), max_size=4),
    restart=st.integers(0, 40),
)
def test_alerts_open_only_at_armed_times_and_all_close(
    values: list[float | None], switches: list[int], restart: int
) -> None:
    """However the mode changes; and whoever decides again decides the same."""
    scoring = ScoreMaker()
    moments = sorted(scoring.start_at + each / 10 for each in switches)

    def armed(_kind: Kind, at: float) -> bool:
        return sum(moment <= at for moment in moments) % 2 == 0

    def run(restart_after: int | None) -> list[tuple[str, float, str]]:
        alerts, told = camera(armed), []
        for number, score in enumerate(scoring.series(values)):
            if number == restart_after:
                state = alerts.to_bytes()
                alerts = CameraAlerts.from_bytes(
                    state, scoring.threshold, scoring.options, armed=armed
                )
            told += alerts.add(score)
        told += alerts.close_all()
        return [(d.event.type, d.event.alert.opened_at, d.event.alert.id) for d in told]

    told = run(None)

    assert all(armed("movement", opened_at) for kind, opened_at, _ in told if kind == "opened")
    opened, closed = ({name for kind, _, name in told if kind == k} for k in ("opened", "closed"))
    assert opened == closed
    assert run(restart) == told


def test_the_default_is_armed() -> None:
    """A camera without calendar raises what its kinds say."""
    alerts = CameraAlerts(2.0, AlertOptions(), KindOptions())

    assert [d for frame in frames(*fall(lies_s=2.0), LYING) for d in alerts.add_cues(frame)]
