"""`posewarden replay`: decides alerts of the archive once more, and says what differs."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import onnxruntime

from inference.flow_onnx import OnnxFlow
from inference.ports import FlowModel
from inference.replay.record import DecisionRecord
from inference.replay.replay import Ingredients, ReplayResult, replay
from inference.scoring import score_windows
from service.adapters.database.decisions import DatabaseDecisions
from service.commands.archive import opened_archive
from service.commands.flow_models import registered_file
from service.config.settings import Settings
from service.running_version import running_version
from tracker.errors import ConfigError
from tracker.types import Float32


def replay_alerts(settings: Settings, names: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield a line for each recorded version of alerts, and whether it holds.

    Args:
        names: ids; none: all alerts that the archive has records of.

    Raises:
        ConfigError: there is no archive, or an alert without records was named.
        ArchiveUnavailable: the database does not answer.
    """
    flows = _Flows(settings)
    with opened_archive(settings) as database:
        decisions = DatabaseDecisions(database)
        for name in names or decisions.alerts():
            records = decisions.of_alert(name)
            if not records:
                raise ConfigError(
                    f"the archive has no record of the alert {name}: its id is wrong, or it was "
                    "decided before records were kept"
                )
            for record in records:
                flow = flows.of(record.model)
                yield _line(record, flow, _now(flow))


class _Flows:
    """The models that scored alerts: the site's own, and registered ones."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._own = OnnxFlow(settings.model_path, provider=settings.provider)
        self._found = {self._own.card.weights_hash: self._own}

    def of(self, weights: str) -> OnnxFlow:
        """Return the model of these weights; where it cannot be had, the site's own."""
        if weights not in self._found:
            file = registered_file(self._settings, weights)
            self._found[weights] = (
                self._own
                if file is None
                else OnnxFlow(
                    Path(f"{weights[:12]}.onnx"), provider=self._settings.provider, file=file
                )
            )
        return self._found[weights]


def _now(flow: OnnxFlow) -> Ingredients:
    return Ingredients(
        model=flow.card.weights_hash,
        provider=flow.provider,
        runtime=onnxruntime.__version__,
        software=running_version(),
    )


def _line(record: DecisionRecord, flow: FlowModel, now: Ingredients) -> tuple[str, bool]:
    try:
        result = replay(record, lambda joints: _score(flow, joints), now)
    except ValueError as err:
        return f"{record.name}  cannot be replayed: {err}", False
    return f"{record.name}  {record.event.type}  {_said(record, result)}", result.holds


def _score(flow: FlowModel, joints: Float32) -> float | None:
    # A model of another length cannot score it; what differs says which model that is.
    if len(joints) != flow.card.frames:
        return None
    return score_windows(flow, joints[None])[0][0]


def _said(record: DecisionRecord, result: ReplayResult) -> str:
    windows = len(record.windows)
    if result.exact:
        return f"the same, bit for bit; windows {windows}, steps {len(record.steps)}"
    verdict = "the same" if result.holds else "differs"
    return f"{verdict}: {'; '.join(result.differences)}"
