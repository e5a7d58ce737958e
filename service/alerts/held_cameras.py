"""The cameras that this process decides about: taken, kept, saved and handed over by lease."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from service.alerts.camera_rules import CameraRules
from service.alerts.held_camera import HeldCamera
from service.alerts.loop_dependencies import AlertLoopDependencies
from service.alerts.rule_follower import RuleFollower
from service.ports.canary import is_hidden
from service.ports.deciding import EpisodeEntry
from tracker.errors import StoreUnavailable

log = logging.getLogger(__name__)

# Another process has its lease, or has begun a later term; an alert of it cannot be written.
_GivenUp: TypeAlias = Literal["lease", "term", "refused"]
HELD_BACK_S = 10.0


class HeldCameras:
    """Keeps this process's share of the cameras, as the site's processes and rules change.

    Every call raises StoreUnavailable while the store does not answer; call `forget` then.

    Attributes:
        held: by name, in the order in which they were taken.
        rules: what they are decided by.
    """

    def __init__(self, dependencies: AlertLoopDependencies) -> None:
        self._dependencies = dependencies
        self._options = dependencies.options
        self._telemetry = dependencies.telemetry
        self.held: dict[str, HeldCamera] = {}
        self._dropped: set[str] = set()
        self.rules = RuleFollower(dependencies)
        self._renew_at = self._look_at = self._now = float("-inf")
        self._held_back: dict[str, float] = {}  # by camera, until when; at most the site's

    def forget(self) -> None:
        """Drop the state of all cameras; the next round loads what was saved."""
        # Their gauges stay while nobody answers: that scores stopped is what they tell then.
        self._dropped.update(self.held)
        self.held.clear()
        self._renew_at = float("-inf")
        self._report()

    def leave(self) -> None:
        """Count no more, then free our cameras, so that others take them over at once."""
        self._dependencies.share.leave()
        self._dependencies.leases.release()

    def renew(self, now: float) -> bool:
        """Do a round when one is due, and return True; else only take what others have left."""
        self._now = now
        if now < self._renew_at:
            self._look(now)
            return False
        site = self.rules.read()
        rules = {**site.deleted, **site.cameras}
        share = self._dependencies.share.of(len(rules))
        self._keep()
        self._hand_over([camera for camera in self.held if camera not in rules])
        self._hand_over(list(self.held)[share:])
        for camera, state in self.held.items():
            self.rules.follow(state, camera, rules[camera])
        self._take(share - len(self.held), rules, now)
        for camera in self._dropped - self.held.keys():
            self._dependencies.forget(camera)
        self._dropped.clear()
        self._report()
        self._renew_at = now + self._options.renew_s
        return True

    def _look(self, now: float) -> None:
        if now < self._look_at:
            return
        rules = {**self.rules.rules.deleted, **self.rules.rules.cameras}
        number = self._dependencies.share.lacking(len(rules), len(self.held))
        self._take(number, rules, now)
        self._look_at = now + self._options.look_s

    def save(self, cameras: Iterable[str]) -> None:
        """Save together the states that changed; let cameras go where another process decides."""
        alerts = {camera: self.held[camera].journal.alerts.to_bytes() for camera in cameras}
        changed = []
        for camera, data in alerts.items():
            state = self.held[camera]
            entry = EpisodeEntry(camera, state.saved_with(data), state.term)
            if entry.state == state.saved:
                state.journal.saved(data)
            else:
                changed.append(entry)
        saved = self._dependencies.episodes.save_all(changed)
        for entry, is_saved in zip(changed, saved, strict=True):
            if is_saved:
                self._saved(entry, alerts[entry.camera])
            else:
                self._lose(entry.camera, "term")

    def _saved(self, entry: EpisodeEntry, alerts: bytes) -> None:
        state = self.held[entry.camera]
        state.saved = entry.state
        state.journal.saved(alerts)
        self._keep_blocks(entry.camera, state)

    def end(self, camera: str) -> None:
        """Let a camera go that nobody is to decide about any more."""
        del self.held[camera]
        self._dependencies.leases.release([camera])

    def hold_back(self, camera: str, error: StoreUnavailable) -> None:
        """Let a camera go of which an alert cannot be written; the others go on.

        After HELD_BACK_S it is decided again from its saved state, by us or by who has its lease.
        """
        del self.held[camera]
        self._dropped.add(camera)
        self._held_back[camera] = self._now + HELD_BACK_S
        self._telemetry.count("store_errors_total", role=self._dependencies.role)
        if not is_hidden(camera):
            self._count_given_up("refused")
        log.warning("camera held back", extra={"camera": camera, "error": str(error)})
        self._report()

    def _keep(self) -> None:
        """Renew our leases; drop cameras that others decide about, or did meanwhile."""
        leases = self._dependencies.leases
        kept = leases.acquire_or_renew(list(self.held)) if self.held else []
        for camera, state in list(self.held.items()):
            if camera not in kept:
                self._lose(camera, "lease")
            elif leases.term(camera).number != state.term:
                self._lose(camera, "term")

    def _hand_over(self, cameras: Sequence[str]) -> None:
        """Give cameras back: those beyond our share, and those that are not decided any more."""
        if not cameras:
            return
        self.save(cameras)
        for camera in cameras:
            if self.held.pop(camera, None) is not None:
                self._dependencies.forget(camera)
        self._dependencies.leases.release(cameras)

    def _take(self, number: int, rules: Mapping[str, CameraRules], now: float) -> None:
        """Begin to decide about up to so many of the cameras that nobody decides about."""
        dependencies = self._dependencies
        self._held_back = {name: at for name, at in self._held_back.items() if now < at}
        free = rules.keys() - self.held.keys() - self._held_back.keys()
        for camera in dependencies.share.take(free, number):
            begun = self._begin(camera)
            if begun is None:
                continue
            term = dependencies.leases.term(camera)
            self.held[camera] = self.rules.load(camera, rules[camera], begun, now)
            if term.idle_s is not None and not is_hidden(camera):
                self._telemetry.count("cameras_taken_over_total", role=dependencies.role)
                self._telemetry.observe("undecided_seconds", term.idle_s)
                log.info("took over", extra={"camera": camera, "idle_s": round(term.idle_s, 2)})

    def _begin(self, camera: str) -> int | None:
        """Begin our term of a camera; return it, or None where the camera is not ours any more.

        A later term may have begun: the store lost ours, and its clock went back, or we hung and
        another process decides. Only in the first case is the lease still ours, for a later one.
        """
        leases, sink = self._dependencies.leases, self._dependencies.sink
        number = leases.term(camera).number
        newest = sink.begin(camera, number)
        if newest == number:
            return number
        later = leases.begin_later(camera, newest)
        if later is None or sink.begin(camera, later) != later:
            leases.release([camera])  # only what is ours
            self._give_up(camera, "term")
            return None
        log.warning("began a later term", extra={"camera": camera, "term": later, "known": newest})
        return later

    def _lose(self, camera: str, reason: _GivenUp) -> None:
        """Drop the state of a camera that another process decides about from now on."""
        del self.held[camera]
        self._dependencies.forget(camera)
        self._give_up(camera, reason)

    def _give_up(self, camera: str, reason: _GivenUp) -> None:
        log.warning("lease lost", extra={"camera": camera, "reason": reason})
        if not is_hidden(camera):
            self._count_given_up(reason)

    def _count_given_up(self, reason: _GivenUp) -> None:
        role = self._dependencies.role
        self._telemetry.count("cameras_given_up_total", role=role, reason=reason)

    def _keep_blocks(self, camera: str, state: HeldCamera) -> None:
        """Store the blocks that are over, once they are saved: who continues stores the same."""
        blocks = state.journal.alerts.blocks
        if blocks.dropped:
            self._telemetry.count("calibration_blocks_dropped_total", blocks.dropped, camera=camera)
            blocks.dropped = 0
        if blocks.done:
            self._dependencies.keep_blocks(camera, state.rules.recipe, blocks.done)
            blocks.stored(blocks.done[-1].number)

    def _report(self) -> None:
        held = sum(not is_hidden(camera) for camera in self.held)
        self._telemetry.gauge("cameras_held", held, role=self._dependencies.role)
