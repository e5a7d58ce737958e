"""CanaryBoard, over every store."""

from typing import Any

from support.stores import Stores

from service.ports.canary import PROCESS_LIFE_S, CanaryShowing


def _showing(process: str, **fields: Any) -> CanaryShowing:  # of any type
    waits: dict[str, Any] = {"path": "yolox", "state": "waiting", "at": 1.0}
    return CanaryShowing(**{**waits, "process": process, **fields})


def test_the_newest_showing_of_each_process_and_path_is_kept(road: Stores) -> None:
    """One row by process and path, by name; another reader sees the same."""
    board = road.canaries()
    board.put(_showing("b"))
    board.put(_showing("a", path="rtmo"))
    board.put(_showing("b", state="passed", at=2.0))

    rows = [(each.name, each.state, each.at) for each in road.canaries().showings()]
    assert rows == [("a/rtmo", "waiting", 1.0), ("b/yolox", "passed", 2.0)]


def test_who_says_that_it_lives_stays_and_who_leaves_is_gone(road: Stores) -> None:
    """A killed process disappears after a while, one that ends at once."""
    board = road.canaries()
    for process in ("killed", "living", "ended"):
        board.put(_showing(process))
    board.leave("ended")
    road.clock.now += PROCESS_LIFE_S / 2
    board.keep("living")
    road.clock.now += PROCESS_LIFE_S / 2 + 1

    assert [each.process for each in board.showings()] == ["living"]


def test_only_the_showing_that_is_on_its_way_is_settled(road: Stores) -> None:
    """A verdict on a showing that was replaced meanwhile, or settled, changes nothing."""
    board = road.canaries()
    board.put(_showing("a", session="s2"))
    late = board.settle(_showing("a", session="s1", state="passed"))
    first = board.settle(_showing("a", session="s2", state="passed"))
    again = board.settle(_showing("a", session="s2", state="failed"))

    assert (late, first, again) == (False, True, False)
    assert [each.state for each in board.showings()] == ["passed"]
    assert not board.settle(_showing("nobody", session="s1", state="passed"))


def test_a_fall_is_found_in_one_session_of_one_camera(road: Stores) -> None:
    """The next showing begins unfound."""
    board = road.canaries()
    board.found("_canary-a-yolox", "s1")

    assert board.was_found("_canary-a-yolox", "s1")
    assert not board.was_found("_canary-a-yolox", "s2")
    assert not board.was_found("_canary-b-yolox", "s1")
