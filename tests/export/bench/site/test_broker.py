"""The figures of a broker that is killed, of made-up messages; the service is run by hand."""

from typing import Any

from export.bench.site.broker import Consumer, figures, keys_of


def event(alert: str, version: int, act: str | None = None) -> dict[str, Any]:
    """One event as the witness gets it."""
    return {
        "alert": {"id": alert, "version": version},
        "act": None if act is None else {"id": act},
    }


def consumer(*keys: str) -> Consumer:
    """A consumer that has got these; none of them from a broker."""
    made = object.__new__(Consumer)
    made.keys = list(keys)
    parted = {key: key.rpartition("-") for key in keys}
    made.alerts = {
        key: (name, int(of) if of.isdigit() else 9) for key, (name, _, of) in parted.items()
    }
    return made


def test_what_is_lost_repeated_or_never_was_is_counted() -> None:
    """Repeated keys are no double; a key that the witness never saw is one."""
    sent = keys_of([event("a", 1), event("a", 2), event("a", 2, "note"), event("b", 1)])
    row = figures(sent, {"b-1"}, consumer("b-1", "a-2", "a-1", "a-2", "c-7"))

    assert row == {"events": 3, "lost": 1, "repeated": 1, "doubled": 1, "out_of_order": 1}
