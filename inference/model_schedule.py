"""Which model scores which windows: a matter of capture time, everywhere the same. Pure.

A promotion names a moment that lies a little ahead. Every worker knows of it before windows of that
time come, so that each window belongs to one model, whoever scores it, also after a crash.
"""

from collections.abc import Collection

import msgspec

# The model of the site's file or the bundled one: each process has it on its own disk.
OWN = ""
# A promotion holds for windows that are captured so much later: by then every worker knows of it.
LEAD_S = 3.0
# What a process knows of the schedule is this old at most when it scores.
FRESH_S = 1.0
SWITCHES_KEPT = 16


class Switch(msgspec.Struct, frozen=True):
    """A model that scores from a moment on.

    Attributes:
        model: SHA-256 of its file; `OWN`: that of each process's own disk.
        since: capture time, UTC seconds.
    """

    model: str
    since: float


class ModelSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """Which models score, scored and are to score.

    Attributes:
        version: counts its changes.
        switches: in the order of time; the last one holds to the end.
        previous: the models that `rolled_back` leads to, the last one first.
        shadow: scores beside the live one, for comparison alone; since when, UTC seconds.
        staged: is to be loaded by every worker, to be promoted at once.
    """

    version: int = 0
    switches: tuple[Switch, ...] = (Switch(OWN, 0.0),)
    previous: tuple[str, ...] = ()
    shadow: str | None = None
    shadow_since: float | None = None
    staged: str | None = None

    @property
    def live(self) -> str:
        """The model that scores, or will within a moment."""
        return self.switches[-1].model

    @property
    def since(self) -> float:
        """Since when the live model scores, by capture time."""
        return self.switches[-1].since

    def at(self, captured_at: float) -> str:
        """Return which model scores a window of this capture time."""
        found = (each.model for each in reversed(self.switches) if each.since <= captured_at)
        return next(found, self.switches[0].model)

    def in_force(self, now: float, kept_s: float) -> Collection[str]:
        """Return the models of windows that may still be scored, the live one first.

        Args:
            kept_s: windows older than this are scored no more.
        """
        lately = {self.at(now - kept_s)}
        lately.update(each.model for each in self.switches if each.since >= now - kept_s)
        return dict.fromkeys([self.live, *sorted(lately)]).keys()

    def with_shadow(self, model: str | None, at: float) -> "ModelSchedule":
        """Return it with another shadow, or none."""
        since = None if model is None else at
        return self._changed(shadow=model, shadow_since=since)

    def with_staged(self, model: str | None) -> "ModelSchedule":
        """Return it with a model that is to be loaded, or none."""
        return self._changed(staged=model)

    def promoted(self, model: str, since: float) -> "ModelSchedule":
        """Return it with another live model from a moment on."""
        return self._switched(model, since, (self.live, *self.previous)[:SWITCHES_KEPT])

    def rolled_back(self, since: float) -> "ModelSchedule":
        """Return it with the model before the live one from a moment on.

        Raises:
            LookupError: there is none.
        """
        if not self.previous:
            raise LookupError("no model was promoted here: there is none to go back to")
        return self._switched(self.previous[0], since, self.previous[1:])

    def _switched(self, model: str, since: float, previous: tuple[str, ...]) -> "ModelSchedule":
        since = max(since, self.since + 1e-3)  # in order, also where the clock was set back
        shadow = None if model == self.shadow else self.shadow
        return self._changed(
            switches=(*self.switches, Switch(model, since))[-SWITCHES_KEPT:],
            previous=previous,
            shadow=shadow,
            shadow_since=None if shadow is None else self.shadow_since,
            staged=None,
        )

    def _changed(self, **changes: object) -> "ModelSchedule":
        return msgspec.structs.replace(self, version=self.version + 1, **changes)
