"""What is armed by the site file, and by what was set over the API since."""

import time
from collections.abc import Callable
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
from pydantic import ValidationError

from inference.types import Kind
from service.config.arming_settings import SiteArming
from service.config.settings import Settings
from service.operations.arming import Arming, CameraChoice, ModeChoice
from service.ports.site import UNREADABLE, SiteChanged, SiteDocument, SiteStore
from service.ports.telemetry import SiteTelemetry
from service.sentences.arming import CHOSEN_MEANWHILE, PLAN_CHANGED

CHECK_EVERY_S = 1.0
CHOICES_BOUND = 32  # the last minutes are decided again at most: older choices are over
TRIES = 5
CAMERA_CHOICES_BOUND = 300  # more than the cameras of a site, so that the last of each is kept
REMEMBERED_S = 3600.0  # choices of a camera before its last one
PLAN, CHOICES, CAMERA_CHOICES = "plan", "choices", "cameras"
_Choice = TypeVar("_Choice", bound=ModeChoice | CameraChoice)


class LiveArming:
    """Follows the site's arming; asks the store once a second whether it was changed.

    Args:
        settings: of the site file, which hold where nothing was set over the API.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        store: SiteStore,
        settings: Settings,
        *,
        telemetry: SiteTelemetry,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._telemetry, self._clock = store, telemetry, clock
        self._of_file = SiteArming(time_zone=settings.time_zone, plan=settings.arming)
        self._known: tuple[int, Arming] | None = None
        self._plan_version = 0
        self._check_at = float("-inf")

    def armed(self, camera: str, kind: Kind, at: float) -> bool:
        """Return whether an alert of this kind may open at this capture time.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        return self.current().armed(camera, kind, at)

    def current(self) -> Arming:
        """Return what is armed when, at most a second old.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        now = self._clock()
        if self._known is None or now >= self._check_at:
            version = self._store.version()
            if self._known is None or version != self._known[0]:
                self._known = self._read()
            self._check_at = now + CHECK_EVERY_S
        return self._known[1]

    def newest(self) -> Arming:
        """Return what is armed when, as of now.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        self._known = self._read()
        return self._known[1]

    @property
    def is_set_over_api(self) -> bool:
        """Whether the plan that was read last is one that was set over the API."""
        return self._known is not None and self._known[1].plan is not self._of_file.plan

    @property
    def plan_version(self) -> int:
        """The version of the plan that was read last; 0: of the site file's."""
        return self._plan_version

    def choose(self, choice: ModeChoice) -> None:
        """Let a mode hold from now on.

        Raises:
            SiteChanged: others chose again and again meanwhile.
            StoreUnavailable: Redis did not answer; the choice may have been kept.
        """
        self._add(CHOICES, choice, ModeChoice, CHOICES_BOUND)

    def choose_camera(self, camera: str, armed: bool | None, *, by: str, at: float) -> None:
        """Arm or disarm one camera until the mode changes; None: the mode decides again.

        Args:
            at: now, UTC seconds.

        Raises:
            SiteChanged: others chose again and again meanwhile.
            StoreUnavailable: Redis did not answer; the choice may have been kept.
        """
        change = self.newest().next_change(at)
        until = None if change is None else change[0]
        choice = CameraChoice(camera=camera, armed=armed, until=until, by=by, at=at)
        self._add(CAMERA_CHOICES, choice, CameraChoice, CAMERA_CHOICES_BOUND)

    def _add(self, name: str, choice: _Choice, kind: type[_Choice], bound: int) -> None:
        """Add a choice to the document of earlier ones; the oldest beyond the bound go."""
        for _ in range(TRIES):
            found = self._store.read().of("arming").get(name)
            body = msgspec.json.encode(self._with(found, choice, kind)[-bound:])
            expected = 0 if found is None else found.version
            try:
                self._store.write("arming", name, body, expected=expected)
            except SiteChanged:
                continue
            return
        raise SiteChanged(CHOSEN_MEANWHILE())

    def _with(
        self, document: SiteDocument | None, choice: _Choice, kind: type[_Choice]
    ) -> list[_Choice]:
        # Those of a clock that was set back since would win over this one later.
        earlier = [each for each in self._choices(document, kind) if each.at < choice.at]
        return [*_remembered(earlier, choice), choice]

    def set_plan(self, arming: SiteArming | None, expected: int | None = None) -> None:
        """Let this plan hold in place of the file's; None: the file's holds again.

        Args:
            expected: the version that the plan must still have; None: any.

        Raises:
            SiteChanged: it has another version.
            StoreUnavailable: Redis did not answer; the plan may have been kept.
        """
        body = None if arming is None else arming.model_dump_json().encode()
        try:
            self._store.write("arming", PLAN, body, expected=expected)
        except SiteChanged:
            self.newest()
            assert expected is not None  # noqa: S101 -- any version fits without it
            text = PLAN_CHANGED(version=self.plan_version, expected=expected)
            raise SiteChanged(text) from None

    def _read(self) -> tuple[int, Arming]:
        documents = self._store.read()
        found = documents.of("arming")
        set_over = found.get(PLAN)
        self._plan_version = 0 if set_over is None else set_over.version
        plan, choices = self._plan(set_over), self._choices(found.get(CHOICES), ModeChoice)
        by_hand = self._choices(found.get(CAMERA_CHOICES), CameraChoice)
        zone = ZoneInfo(plan.time_zone)
        return documents.version, Arming(plan.plan, zone, choices, by_hand)

    def _plan(self, document: SiteDocument | None) -> SiteArming:
        if document is None:
            return self._of_file
        try:
            return SiteArming.model_validate_json(document.body)
        except ValidationError:
            self._telemetry.count("entries_malformed_total", kind="arming")
            return self._of_file

    def _choices(self, document: SiteDocument | None, kind: type[_Choice]) -> list[_Choice]:
        if document is None:
            return []
        try:
            return msgspec.json.decode(document.body, type=list[kind])  # type: ignore[valid-type]
        except UNREADABLE:
            self._telemetry.count("entries_malformed_total", kind="arming")
            return []


def _remembered(before: list[_Choice], choice: _Choice) -> list[_Choice]:
    """Return the choices that somebody may still ask for, once another is made."""
    return [
        each
        for each in before
        if not (isinstance(each, CameraChoice) and isinstance(choice, CameraChoice))
        or each.camera != choice.camera
        or each.at > choice.at - REMEMBERED_S
    ]
