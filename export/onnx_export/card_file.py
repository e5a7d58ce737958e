"""Saves model files, and replaces the card of one; without torch."""

from collections.abc import Callable
from pathlib import Path

import onnx

from inference.card import CARD_KEY, ModelCard, read_card, write_card


def rewrite_card(file: Path, change: Callable[[ModelCard], ModelCard]) -> None:
    """Replace the card of a model file; its graphs and weights stay as they are.

    Raises:
        ModelMismatch: the file has no card that this version reads.
    """
    model = onnx.load(file)
    properties = {one.key: one.value for one in model.metadata_props}
    card = change(read_card(properties.get(CARD_KEY), file=str(file)))
    onnx.helper.set_model_props(model, {**properties, CARD_KEY: write_card(card)})
    save_model(model, file)


def save_model(model: onnx.ModelProto, file: Path) -> None:
    """Write a model file whole: a reader sees the old one or the complete new one."""
    unfinished = file.with_name(f".{file.name}.part")
    onnx.save(model, unfinished)
    unfinished.replace(file)
