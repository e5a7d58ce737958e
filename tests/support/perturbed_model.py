"""Makes another flow model for trials: the bundled one with slightly other weights."""

import base64
import hashlib
import zlib

import msgspec
import numpy as np
import onnx
from onnx import numpy_helper

from inference.bundled_model import bundled_model
from inference.card import CARD_KEY, MAP_GRAPH_KEY, ModelCard
from inference.folded_flow import FOLDED_KEY

BUNDLED = bundled_model()


def perturbed_model(seed: int = 1, *, share: float = 1e-3) -> bytes:
    """Return a model file whose scores differ a little from the bundled model's.

    Args:
        share: by how much each matrix is changed.
    """
    model = onnx.load(str(BUNDLED))
    entries = {entry.key: entry for entry in model.metadata_props}
    card = msgspec.json.decode(entries[CARD_KEY].value, type=ModelCard)
    explaining = onnx.load_from_string(
        zlib.decompress(base64.b64decode(entries[MAP_GRAPH_KEY].value))
    )
    for each in (model, explaining):
        _change(each, seed, share)
    card = msgspec.structs.replace(
        card, name=f"other {seed}", weights_hash=hashlib.sha256(bytes([seed])).hexdigest()
    )
    # What code is compiled from would still be the bundled model's.
    kept = [entry for entry in model.metadata_props if entry.key != FOLDED_KEY]
    entries[CARD_KEY].value = msgspec.json.encode(card).decode()
    graph = zlib.compress(explaining.SerializeToString())
    entries[MAP_GRAPH_KEY].value = base64.b64encode(graph).decode()
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    return bytes(model.SerializeToString())


def _change(model: onnx.ModelProto, seed: int, share: float) -> None:
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.ndim >= 2:
            random = np.random.default_rng(seed)
            noise = random.normal(0.0, share, values.shape).astype(np.float32)
            changed = numpy_helper.from_array(values * (1 + noise), tensor.name)
            tensor.CopyFrom(changed)
