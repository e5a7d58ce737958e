"""The canary's own cameras in the alert loop: decided like all others, and told to nobody.

They are there while a showing is on its way, and forgotten after it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from inference.types import AlertEvent
from service.alerts.camera_rules import CameraRules, SiteRules
from service.alerts.loop_dependencies import AlertLoopDependencies
from service.ports.canary import CanaryBoard, is_hidden
from service.ports.deciding import AlertChange, AlertSink, all_written, put_results
from tracker.errors import StoreUnavailable


class HiddenSink(AlertSink):
    """Marks what the canary's cameras show as found; passes all other alerts on."""

    def __init__(self, sink: AlertSink, board: CanaryBoard) -> None:
        self._sink = sink
        self._board = board

    def begin(self, camera: str, term: int) -> int:
        return term if is_hidden(camera) else self._sink.begin(camera, term)

    def put_all(self, changes: Sequence[AlertChange]) -> list[bool]:
        shown = [each for each in changes if not is_hidden(each.event.alert.camera)]
        # First: whatever fails after the others are written, they are to be counted.
        for change in changes:
            if is_hidden(change.event.alert.camera):
                self._found(change.event)
        results = iter(put_results(self._sink, shown) if shown else ())
        return all_written(
            [False if is_hidden(each.event.alert.camera) else next(results) for each in changes]
        )

    def _found(self, event: AlertEvent) -> None:
        alert = event.alert
        if event.type == "opened" and alert.kind == "fall":
            _, session, _ = alert.person.split("/")
            self._board.found(alert.camera, session)


class HiddenCameras:
    """Adds the canary's cameras to the rules while their showings are on their way.

    Args:
        rules: by which their falls are decided.
        forget: removes what the store keeps of such a camera.
    """

    def __init__(
        self, board: CanaryBoard, rules: CameraRules, forget: Callable[[str], None]
    ) -> None:
        self._board = board
        self._rules = rules
        self._forget = forget
        self._over: set[str] = set()
        self._going: set[str] = set()

    def with_rules(self, site: SiteRules) -> SiteRules:
        """Return a site's rules with theirs."""
        try:
            going = {each.camera for each in self._board.showings() if each.on_its_way}
        except StoreUnavailable:
            going = self._going  # whoever decides finds out by itself
        self._over = (self._over | self._going) - going
        self._going = going
        return SiteRules(
            {**site.cameras, **dict.fromkeys(going, self._rules)},
            {**site.deleted, **dict.fromkeys(self._over, self._rules)},
        )

    def ended(self, camera: str) -> None:
        """Forget one whose showing is over.

        Raises:
            StoreUnavailable: Redis did not answer; done again, it does no harm.
        """
        self._forget(camera)
        self._over.discard(camera)


def deciding_hidden(
    dependencies: AlertLoopDependencies, board: CanaryBoard, hidden: HiddenCameras
) -> AlertLoopDependencies:
    """Return the same with the canary's cameras: of them nothing is told, recorded or learned."""
    ended, rules = dependencies.ended, dependencies.rules
    keep_blocks, armed = dependencies.keep_blocks, dependencies.armed
    return replace(
        dependencies,
        rules=lambda: hidden.with_rules(rules()),
        ended=lambda camera: hidden.ended(camera) if is_hidden(camera) else ended(camera),
        sink=HiddenSink(dependencies.sink, board),
        armed=lambda camera, kind, at: is_hidden(camera) or armed(camera, kind, at),
        keep_blocks=lambda camera, recipe, blocks: (
            None if is_hidden(camera) else keep_blocks(camera, recipe, blocks)
        ),
    )
