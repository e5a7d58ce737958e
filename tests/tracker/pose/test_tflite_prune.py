from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tracker.errors import ModelMismatch
from tracker.pose.tflite_prune import keep_outputs


def _answer(interpreter: Interpreter, picture: np.ndarray, output: int) -> np.ndarray:
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture)
    interpreter.invoke()
    return interpreter.get_tensor(output)


def test_the_kept_outputs_do_not_change(blazepose_file: Path) -> None:
    """Leaving the rest of the graph out changes no bit of what is kept."""
    model = blazepose_file.read_bytes()
    whole = Interpreter(model_content=model)
    kept = [int(detail["index"]) for detail in whole.get_output_details()[:2]]
    pruned = Interpreter(model_content=keep_outputs(model, kept))
    picture = np.random.default_rng(1).random((1, 256, 256, 3), np.float32)

    assert [int(detail["index"]) for detail in pruned.get_output_details()] == kept
    for output in kept:
        np.testing.assert_array_equal(
            _answer(whole, picture, output), _answer(pruned, picture, output)
        )
    assert len(pruned._get_ops_details()) < len(whole._get_ops_details())


def test_an_unknown_output_is_refused(blazepose_file: Path) -> None:
    """Only true outputs can be kept."""
    with pytest.raises(ModelMismatch, match="has no outputs"):
        keep_outputs(blazepose_file.read_bytes(), [0])


@pytest.mark.parametrize("junk", [b"", b"abc", bytes(range(64)), b"\xff" * 100])
def test_junk_is_refused(junk: bytes) -> None:
    """Bytes that are no model end in our own error."""
    with pytest.raises(ModelMismatch):
        keep_outputs(junk, [1])
