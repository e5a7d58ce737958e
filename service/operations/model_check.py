"""Opens a model file, to see whether this version can serve it."""

from pathlib import Path

import numpy as np

from inference.card import ModelCard
from inference.flow_onnx import OnnxFlow
from tracker.errors import ModelMismatch


def checked_card(file: bytes, name: str) -> ModelCard:
    """Return the card of a model file that this version can serve: it is opened, and scores.

    Raises:
        ModelMismatch: it cannot.
    """
    flow = OnnxFlow(Path(f"{name[:12]}.onnx"), provider="cpu", file=file)
    try:
        scores = flow.nll(np.zeros((2, *flow.card.input_shape), np.float32))
        flow.explain(np.zeros((1, *flow.card.input_shape), np.float32))
    except ModelMismatch:
        raise
    except Exception as err:  # the runtime's own errors share no base but this
        raise ModelMismatch(f"{name[:12]} does not score: {err}; export it again") from err
    if not np.isfinite(scores).all():
        raise ModelMismatch(f"{name[:12]} gives scores that are no numbers; train it again")
    return flow.card
