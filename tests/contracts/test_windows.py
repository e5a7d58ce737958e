"""WindowStore and WindowQueue: the road from cameras to workers."""

import numpy as np
from support.stores import Stores

from inference.ports import WindowQueue
from inference.types import Position, Score
from tracker.types import FrameView, PersonId, Samples, Window

T = 4
ANNA = PersonId("gate", "s1", 1)
BERT = PersonId("gate", "s1", 2)
HERE = Position(at=1.0, x_px=2.0, y_px=3.0, height_px=4.0)


def poses(*numbers: int) -> np.ndarray:
    """One pose a number, filled with it."""
    return np.stack([np.full((17, 3), number, np.float32) for number in numbers])


def samples(person: PersonId, seq: int, *numbers: int, at: float, **flags: bool) -> Samples:
    """What one frame adds to one person: a pose a number."""
    joints = poses(*numbers) if numbers else np.empty((0, 17, 3), np.float32)
    return Samples(person, seq, at, joints, flags.get("restarts", False), flags.get("due", True))


def view(seq: int = 0, camera: str = "gate", at: float = 0.0) -> FrameView:
    """A frame's view without tracks."""
    return FrameView(camera, "s1", seq, at, 640, 480, ())


def score(window: Window, reference: str, nll: float | None = 1.5) -> Score:
    """The score of a window."""
    person, last_seq, at = window.person, window.last_seq, window.at
    return Score(person, last_seq, at, nll, None, HERE, HERE, "hash", reference)


def numbers(window: Window) -> list[int]:
    """The numbers that a window's poses were made from."""
    return [int(pose[0, 0]) for pose in window.joints]


def taken(queue: WindowQueue, limit: int = 16) -> list[Window]:
    """The windows that a worker gets now."""
    return [claim.window for claim in queue.take(limit, 0.0)]


def fill(road: Stores, count: int, camera: str = "gate") -> None:
    """Put as many windows on the road as asked, of as many people."""
    store = road.window_store(frames=1)
    people = [PersonId(camera, "s1", number) for number in range(count)]
    ready = store.push(
        view(camera=camera), [samples(p, 0, p.number, at=road.clock.now) for p in people]
    )
    assert ready == count


def test_a_window_is_the_last_T_samples_in_order(road: Stores) -> None:
    """A window appears when T samples are there and holds the newest T, oldest first."""
    store, queue = road.window_store(frames=T), road.window_queue(worker="w1")
    at = road.clock.now

    ready = [store.push(view(n), [samples(ANNA, n, n, at=at + n / 10)]) for n in range(6)]

    windows = taken(queue)
    assert ready == [0, 0, 0, 1, 1, 1]
    assert [numbers(w) for w in windows] == [[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5]]
    assert [(ANNA, n, at + n / 10) for n in (3, 4, 5)] == [
        (w.person, w.last_seq, w.at) for w in windows
    ]
    assert all(w.joints.shape == (T, 17, 3) and w.joints.dtype == np.float32 for w in windows)


def test_people_never_share_a_window(road: Stores) -> None:
    """A window holds the poses of exactly one person."""
    store, queue = road.window_store(frames=2), road.window_queue(worker="w1")
    at = road.clock.now

    for n in range(2):
        store.push(view(n), [samples(ANNA, n, n, at=at), samples(BERT, n, 10 + n, at=at)])

    found = {w.person: numbers(w) for w in taken(queue)}
    assert found == {ANNA: [0, 1], BERT: [10, 11]}


def test_joints_arrive_bit_for_bit(road: Stores) -> None:
    """What the worker gets is what the camera saw, not-a-numbers included."""
    store, queue = road.window_store(frames=1), road.window_queue(worker="w1")
    joints = np.random.default_rng(3).normal(size=(1, 17, 3)).astype(np.float32)
    joints[0, 4] = np.nan

    store.push(view(), [Samples(ANNA, 0, road.clock.now, joints, False, True)])

    np.testing.assert_array_equal(taken(queue)[0].joints, joints)


def test_a_restart_voids_earlier_samples(road: Stores) -> None:
    """No window spans a gap that was too long to bridge."""
    store, queue = road.window_store(frames=3), road.window_queue(worker="w1")
    at = road.clock.now

    store.push(view(0), [samples(ANNA, 0, 0, 1, at=at)])
    store.push(view(1), [samples(ANNA, 1, 2, at=at, restarts=True)])
    store.push(view(2), [samples(ANNA, 2, 3, 4, at=at)])

    assert [numbers(w) for w in taken(queue)] == [[2, 3, 4]]


def test_only_due_frames_emit(road: Stores) -> None:
    """Frames between strides add samples and emit nothing."""
    store, queue = road.window_store(frames=2), road.window_queue(worker="w1")
    at = road.clock.now

    ready = [store.push(view(n), [samples(ANNA, n, n, at=at, due=n % 3 == 0)]) for n in range(7)]

    assert ready == [0, 0, 0, 1, 0, 0, 1]
    assert [numbers(w) for w in taken(queue)] == [[2, 3], [5, 6]]


def test_a_frame_may_add_no_or_many_samples(road: Stores) -> None:
    """Fast cameras add none at times, slow ones more than a window; only the newest T count."""
    store, queue = road.window_store(frames=2), road.window_queue(worker="w1")
    at = road.clock.now

    assert store.push(view(0), [samples(ANNA, 0, at=at)]) == 0
    assert store.push(view(1), [samples(ANNA, 1, *range(7), at=at)]) == 1
    assert store.push(view(2), []) == 0

    assert [numbers(w) for w in taken(queue)] == [[5, 6]]


def test_a_full_road_drops_the_oldest_and_counts(road: Stores) -> None:
    """Unread windows beyond the bound are lost, the oldest first, and counted exactly."""
    store, queue = road.window_store(frames=1, bound=8), road.window_queue(worker="w1")

    for n in range(20):
        store.push(view(n), [samples(ANNA, n, n, at=road.clock.now)])

    assert list(range(12, 20)) == [w.last_seq for w in taken(queue, 32)]
    assert road.telemetry.value("windows_dropped_total", reason="trimmed") == 12


def test_trimming_what_was_read_is_no_loss(road: Stores) -> None:
    """Windows that a worker has taken and finished may go unmourned."""
    store, queue = road.window_store(frames=1, bound=8), road.window_queue(worker="w1")

    for n in range(20):
        store.push(view(n), [samples(ANNA, n, n, at=road.clock.now)])
        queue.finish(queue.take(16, 0.0), [])

    assert road.telemetry.value("windows_dropped_total", reason="trimmed") == 0


def test_take_respects_its_limit(road: Stores) -> None:
    """A worker gets at most as many claims as it asked for, and the rest later."""
    fill(road, 5)
    queue = road.window_queue(worker="w1")

    batches = [len(queue.take(2, 0.0)) for _ in range(4)]

    assert batches == [2, 2, 1, 0]


def test_workers_share_and_never_double(road: Stores) -> None:
    """Each window goes to one worker."""
    fill(road, 4)
    first, second = road.window_queue(worker="w1"), road.window_queue(worker="w2")

    seen = [w.person.number for w in taken(first, 2) + taken(second, 8)]

    assert sorted(seen) == [0, 1, 2, 3]


def test_finish_publishes_scores_and_gives_claims_up(road: Stores) -> None:
    """A finished window does not come again, and its score is on its camera's feed."""
    fill(road, 1)
    queue = road.window_queue(worker="w1", take_over_idle_s=0.0)
    (claim,) = queue.take(4, 0.0)
    wanted = score(claim.window, claim.reference)

    queue.finish([claim], [wanted])
    road.clock.now += 1

    assert queue.take(4, 0.0) == []
    assert [wanted] == [s for _, s in road.score_feed().read({"gate": "0"}, 0.0)["gate"]]


def test_a_dead_workers_claims_are_taken_over(road: Stores) -> None:
    """Claims that nobody finished come to a living worker, once, and are counted."""
    fill(road, 3)
    road.window_queue(worker="dead").take(3, 0.0)
    living = road.window_queue(worker="living", take_over_idle_s=0.0)

    claims = living.take(8, 0.0)
    living.finish(claims, [])
    road.clock.now += 1

    assert len(claims) == 3
    assert living.take(8, 0.0) == []
    assert road.telemetry.value("claims_taken_over_total") == 3


def test_a_clock_set_back_does_not_put_off_taking_over(road: Stores) -> None:
    """A worker that looked for claims in what is the future now looks again at once."""
    living = road.window_queue(worker="living", take_over_idle_s=0.0)
    assert living.take(8, 0.0) == []
    road.clock.now -= 3600
    fill(road, 1)
    road.window_queue(worker="dead").take(1, 0.0)

    assert len(living.take(8, 0.0)) == 1


def test_a_living_workers_claims_stay_its_own(road: Stores) -> None:
    """Nobody takes over a claim before it has been idle for the set time."""
    fill(road, 1)
    road.window_queue(worker="w1").take(1, 0.0)

    assert road.window_queue(worker="w2").take(1, 0.0) == []


def test_claims_whose_window_was_trimmed_are_counted_as_lost(road: Stores) -> None:
    """A claim that outlived its window is a loss, not a crash."""
    store = road.window_store(frames=1, bound=4)
    store.push(view(0), [samples(ANNA, 0, 0, at=road.clock.now)])
    road.window_queue(worker="dead").take(1, 0.0)
    for n in range(1, 6):
        store.push(view(n), [samples(ANNA, n, n, at=road.clock.now)])
    living = road.window_queue(worker="living", take_over_idle_s=0.0)

    seqs = [w.last_seq for w in taken(living)]

    assert seqs == [2, 3, 4, 5]
    assert road.telemetry.value("windows_dropped_total", reason="trimmed") == 2


def test_stale_windows_are_dropped_and_counted(road: Stores) -> None:
    """Windows older than max_age_s reach no worker and do not come again."""
    fill(road, 2)
    road.clock.now += 15.5
    fill(road, 1)
    queue = road.window_queue(worker="w1", max_age_s=15.0, take_over_idle_s=0.0)

    claims = queue.take(8, 0.0)
    queue.finish(claims, [])
    road.clock.now += 1

    assert len(claims) == 1
    assert queue.take(8, 0.0) == []
    assert road.telemetry.value("windows_dropped_total", reason="stale") == 2


def test_what_is_buried_does_not_come_again(road: Stores) -> None:
    """A window given up is counted by its reason, and the others of its batch are not touched."""
    fill(road, 2)
    queue = road.window_queue(worker="w1", take_over_idle_s=0.0)
    first, second = queue.take(4, 0.0)

    queue.dead_letter([first], "scoring")
    road.clock.now += 1

    assert [second.reference] == [claim.reference for claim in queue.take(4, 0.0)]
    assert road.telemetry.value("windows_dead_total", reason="scoring") == 1


def test_what_kills_every_worker_is_given_up(road: Stores) -> None:
    """A window that was handed out five times and never finished is handed out no more."""
    fill(road, 1)

    deliveries = 0
    for number in range(12):
        queue = road.window_queue(worker=f"w{number}", take_over_idle_s=0.0)
        deliveries += len(queue.take(4, 0.0) or queue.take(4, 0.0))

    assert deliveries == 5
    assert road.telemetry.value("windows_dead_total", reason="deliveries") == 1
