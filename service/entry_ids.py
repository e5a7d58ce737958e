"""Ids of entries of Redis' streams, as everything that reads on after one compares them."""


def entry_order(entry_id: str) -> tuple[int, int]:
    """Return a stream entry's id as numbers, for comparing; "12" stands for "12-0".

    Raises:
        ValueError: this is no entry's id.
    """
    milliseconds, _, count = entry_id.partition("-")
    if not (entry_id.isascii() and milliseconds.isdigit() and (count or "0").isdigit()):
        raise ValueError(f"{entry_id[:40]!r} is not a stream entry's id")
    return int(milliseconds), int(count or 0)


def written_at(entry_id: str) -> float:
    """Return when Redis wrote a stream's entry, UTC seconds by its clock.

    Raises:
        ValueError: this is no entry's id.
    """
    return entry_order(entry_id)[0] / 1000
