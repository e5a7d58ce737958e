"""Forgets alerts on somebody's request: in the archive and in Redis, recorded."""

from dataclasses import asdict, replace

from service.archive.retention import REMOVED_PER_STEP
from service.ports.alerts import AlertForgetter
from service.ports.archive import ArchiveKeeper
from service.records import AlertFilter, AuditEntry


def forget(
    wanted: AlertFilter,
    keeper: ArchiveKeeper,
    forgetter: AlertForgetter,
    *,
    author: str,
    origin: str,
    now: float,
) -> tuple[int, int]:
    """Forget the closed alerts that fit; return how many, and how many are open and left alone.

    Raises:
        StoreUnavailable: Redis or the database did not answer; done again, the rest goes.
    """
    closed, forgotten = replace(wanted, states=("closed",)), 0
    while found := keeper.oldest(closed, REMOVED_PER_STEP):
        forgetter.forget(found)
        forgotten += keeper.remove(found)
    left_open = len(keeper.oldest(replace(wanted, states=("open",)), REMOVED_PER_STEP))
    given = {name: value for name, value in asdict(wanted).items() if value not in (None, ())}
    keeper.record(
        AuditEntry(
            at=now,
            author=author,
            origin=origin,
            action="forget",
            details={**given, "alerts": forgotten},
        )
    )
    return forgotten, left_open
