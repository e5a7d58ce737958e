from pathlib import Path

import onnx

import tracker.pose
from export.onnx_export.letterbox_graph import letterbox_graph


def test_the_shipped_graph_is_what_is_written_here() -> None:
    """Whoever changes one changes the other: the module's first lines say how."""
    shipped = onnx.load(Path(tracker.pose.__file__).parent / "graphs" / "letterbox.onnx")

    assert shipped.graph == letterbox_graph().graph
    assert shipped.opset_import == letterbox_graph().opset_import
