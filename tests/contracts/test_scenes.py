"""What cameras saw of people, over every store."""

from support.stores import NOW, Stores

from tracker.scene_block import BLOCK_S, SceneBlock, Visit

FIRST = int(NOW // BLOCK_S)
VISIT = Visit(12.5, 0.81, 0.34, 0.4, 0.9)


def scene(number: int, people_s: float = 30.0) -> SceneBlock:
    """Return a block with a visit."""
    return SceneBlock(FIRST + number, 600.0, people_s, {"too-small": 10.0}, (VISIT,), 1)


def test_blocks_are_read_as_they_were_kept(road: Stores) -> None:
    """In the order of time; a block that is put again takes its own place."""
    store = road.scenes()
    store.put("gate", "s1", [scene(1), scene(0)])
    store.put("gate", "s1", [scene(1, 40.0)])
    store.put("yard", "s1", [])

    found = store.blocks("gate", NOW - BLOCK_S, NOW + 2 * BLOCK_S)
    assert found == [scene(0), scene(1, 40.0)]
    assert store.blocks("yard", NOW - BLOCK_S, NOW) == []


def test_parts_of_several_writers_add_up(road: Stores) -> None:
    """Another camera process took the camera over in the middle of a block."""
    store = road.scenes()
    store.put("gate", "s1", [scene(0)])
    store.put("gate", "s2", [scene(0, 5.0)])

    (found,) = store.blocks("gate", NOW, NOW + BLOCK_S)
    assert (found.people_s, found.unwatched_s) == (35.0, {"too-small": 20.0})
    assert (found.visits, found.visits_ended) == ((VISIT, VISIT), 2)


def test_only_the_time_that_is_asked_for_is_read(road: Stores) -> None:
    """Across the end of a day, too."""
    store = road.scenes()
    store.put("gate", "s1", [scene(number) for number in range(300)])

    begin_at = scene(100).begin_at
    found = store.blocks("gate", begin_at, begin_at + 150 * BLOCK_S)
    assert [each.number - FIRST for each in found] == list(range(100, 250))


def test_a_day_has_room_for_so_many(road: Stores) -> None:
    """A process that is restarted again and again fills no memory; what is there can be renewed."""
    store = road.scenes(fields_a_day=3)
    for writer in ("s1", "s2", "s3", "s4"):
        store.put("gate", writer, [scene(0)])
    store.put("gate", "s1", [scene(0, 31.0)])

    (found,) = store.blocks("gate", NOW, NOW + BLOCK_S)
    assert found.people_s == 91.0
