"""Scores for `POST /score` from a model in this very process, as under `posewarden up`."""

from inference.ports import Answer, FlowModel
from inference.scoring import score_every_window
from service.ports import Scoring
from tracker.types import Float32


class OwnScoring(Scoring):
    """Scores here and now, without Redis or a worker."""

    needs_workers = False

    def __init__(self, flow: FlowModel) -> None:
        self._flow = flow

    def score(self, poses: Float32, fps: float) -> Answer:
        return score_every_window(self._flow, poses, fps)
