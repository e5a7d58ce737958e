"""Sets cameras' budgets of false alarms while the site runs."""

import msgspec

from service.config.budget_settings import AlarmsPerDay, BudgetDocument, budget_of
from service.config.camera_editor import CameraRefused, camera_of
from service.config.effective import EffectiveSite
from service.config.site_watch import SiteWatch
from service.ports.site import SiteFull, SiteStore
from service.sentences import cameras as said
from tracker.wording import sentence_of


class BudgetEditor:
    """Changes budgets; every process takes the change within seconds.

    Every call raises CameraRefused with the remedy, or StoreUnavailable while Redis does not
    answer.
    """

    def __init__(self, watch: SiteWatch, store: SiteStore) -> None:
        self._watch = watch
        self._store = store

    def set(self, name: str, alarms_per_day: AlarmsPerDay | None) -> EffectiveSite:
        """Give a camera a budget; with None it has none."""
        self._check(name)
        if alarms_per_day is not None:
            try:
                budget_of(alarms_per_day)
            except ValueError as err:
                raise CameraRefused("wrong-camera", sentence_of(err), "alarms_per_day") from err
        return self._write(name, msgspec.json.encode(BudgetDocument(alarms_per_day)))

    def reset(self, name: str) -> EffectiveSite:
        """Take a camera back to the budget of its own settings, or of the site's."""
        self._check(name)
        return self._write(name, None)

    def _check(self, name: str) -> None:
        if camera_of(self._watch.refresh(), name).threshold is not None:
            text = said.OWN_THRESHOLD(name=name)
            raise CameraRefused("wrong-camera", text, "alarms_per_day")

    def _write(self, name: str, body: bytes | None) -> EffectiveSite:
        try:
            self._store.write("budgets", name, body)
        except SiteFull as err:
            raise CameraRefused("site-full", sentence_of(err)) from err
        return self._watch.refresh()
