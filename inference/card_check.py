"""Whether a model file's card, its graph and this version belong together."""

from typing import Any

from inference import flow_input
from inference.card import INPUT_NAME, SCORE_NAME, ModelCard
from inference.flow_skeleton import FLOW_18
from tracker.errors import ModelMismatch

# Export refuses more; a card that admits more was not written by it.
LARGEST_PARITY = 1e-4


def check_card(card: ModelCard, session: Any, *, file: str) -> None:  # noqa: ANN401 -- ONNX Runtime ships no types
    """Refuse a model that this version cannot serve.

    Args:
        session: of the file's graph.

    Raises:
        ModelMismatch: with what differs and the remedy.
    """
    if card.joints != FLOW_18:
        raise ModelMismatch(
            f"{file} was made for the joints {', '.join(card.joints)}; "
            f"this version gives {', '.join(FLOW_18)}; export the model with this version"
        )
    if card.normaliser != flow_input.NAME:
        raise ModelMismatch(
            f"{file} was trained on windows normalised by {card.normaliser}; this version "
            f"normalises by {flow_input.NAME}; train it again"
        )
    if not card.parity <= LARGEST_PARITY:  # so that not-a-number fails too
        raise ModelMismatch(
            f"{file} differs from its source by {card.parity:g} bits/dimension, more than "
            f"{LARGEST_PARITY:g}; export it again"
        )
    shapes = {port.name: port.shape[1:] for port in session.get_inputs()}
    wanted = {INPUT_NAME: [*card.input_shape]}
    outputs = [port.name for port in session.get_outputs()]
    if shapes != wanted or outputs != [SCORE_NAME]:
        raise ModelMismatch(
            f"{file} takes {shapes} and gives {outputs}, but its card tells of {wanted} and "
            f"{[SCORE_NAME]}; export it again"
        )
