"""Opens the streams of cameras that this process is to take over, before their holders let go.

Opening a stream takes seconds, mostly until its next key frame. The one that lacks cameras claims
some, opens them behind guards that keep it silent, and says which are prepared; the holder that has
too many, or is told to end, frees those first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread

from service.cameras.lease_guard import LeaseGuard
from service.cameras.plan import CameraPlan, PlanInForce
from service.ports.leases import Claims


@dataclass(frozen=True, slots=True)
class WatchedCamera:
    """A camera that is watched or prepared here, or whose thread is still stopping."""

    plan: PlanInForce
    guard: LeaseGuard
    stop: Event
    thread: Thread

    def end(self) -> None:
        """Tell its thread to stop, and keep it silent from now on."""
        self.stop.set()
        self.guard.close()


class Succession:
    """The cameras that are prepared here, and what others prepare of ours.

    Args:
        claims: who takes a camera next; two processes do not open one camera for nothing.
        prepared: which of the claimed ones only wait for the camera to be free.
        begin: starts watching a camera behind a guard.
    """

    def __init__(
        self,
        claims: Claims,
        prepared: Claims,
        begin: Callable[[CameraPlan, LeaseGuard], WatchedCamera],
        guard: Callable[[], LeaseGuard],
    ) -> None:
        self._claims, self._prepared = claims, prepared
        self._begin, self._guard = begin, guard
        self._cameras: dict[str, WatchedCamera] = {}

    @property
    def cameras(self) -> Sequence[str]:
        """The cameras that are prepared here."""
        return list(self._cameras)

    def claimed_by_others(self, cameras: Sequence[str]) -> list[str]:
        """Return those that another process takes next.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        return self._claims.held_by_others(cameras) if cameras else []

    def ready_elsewhere(self, cameras: Sequence[str]) -> list[str]:
        """Return those that another process has prepared.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        return self._prepared.held_by_others(cameras) if cameras else []

    def prepare(
        self, number: int, candidates: Sequence[str], plans: Mapping[str, CameraPlan]
    ) -> dict[str, WatchedCamera]:
        """Prepare up to so many of these cameras; return those that were given up for it.

        Raises:
            StoreUnavailable: Redis did not answer; what is prepared stays so.
        """
        mine = [name for name in self._cameras if name in plans]
        kept = self._claims.acquire_or_renew(mine)[:number] if mine and number > 0 else []
        given_up = self.give_up([name for name in self._cameras if name not in kept])
        more = number - len(self._cameras)
        if more > 0 and candidates:
            for name in self._claims.acquire_or_renew(candidates, at_most=more):
                self._cameras[name] = self._begin(plans[name], self._guard())
        ready = [name for name, each in self._cameras.items() if each.guard.was_asked]
        if ready:
            self._prepared.acquire_or_renew(ready)
        return given_up

    def adopt(self, camera: str) -> WatchedCamera | None:
        """Return a prepared camera that is watched from now on; None if it was not prepared."""
        return self._cameras.pop(camera, None)

    def give_up(self, cameras: Sequence[str]) -> dict[str, WatchedCamera]:
        """Stop preparing these; return them, whose threads may still be stopping.

        Raises:
            StoreUnavailable: they are stopped; their claims run out by themselves.
        """
        given_up = {name: self._cameras.pop(name) for name in cameras}
        for each in given_up.values():
            each.end()
        self.release(cameras)
        return given_up

    def release(self, cameras: Sequence[str]) -> None:
        """Release what was claimed of cameras.

        Raises:
            StoreUnavailable: their claims run out by themselves.
        """
        if cameras:
            self._prepared.release(cameras)
            self._claims.release(cameras)
