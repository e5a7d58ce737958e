import numpy as np
import onnx
import pytest
from support import yolox_network

from tracker.errors import ModelMismatch
from tracker.weights.onnx_picture import with_picture
from tracker.weights.onnx_session import open_session


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A network for square pictures, whose file has the shape of everything between."""
    return yolox_network.save(tmp_path_factory.mktemp("yolox") / "any.onnx").read_bytes()


def test_a_network_takes_pictures_of_another_shape(network: bytes) -> None:
    """The runtime works out the rest: fewer cells, each with the answer that it had."""
    picture = np.random.default_rng(0).uniform(0, 255, (1, 3, 416, 416)).astype(np.float32)
    whole = open_session(network, wanted="cpu")

    flat = open_session(with_picture(network, (1, 3, 256, 416)), wanted="cpu")

    assert flat.get_inputs()[0].shape == [1, 3, 256, 416]
    assert flat.get_outputs()[0].shape == [1, 2184, 85]
    (above,) = flat.run(None, {"images": picture[:, :, :256]})
    (all_cells,) = whole.run(None, {"images": picture})
    np.testing.assert_allclose(above[0, : 32 * 52], all_cells[0, : 32 * 52], atol=1e-6)


def test_nothing_but_the_shapes_changes(network: bytes) -> None:
    """Nodes, weights and versions stay; so do the names of what goes in and comes out."""
    before = onnx.load_from_string(network)
    after = onnx.load_from_string(with_picture(network, (1, 3, 64, 32)))

    onnx.checker.check_model(after)
    assert before.graph.value_info
    assert not after.graph.value_info
    assert after.graph.node == before.graph.node
    assert after.graph.initializer == before.graph.initializer
    assert (after.ir_version, after.opset_import) == (before.ir_version, before.opset_import)
    assert [port.name for port in after.graph.output] == ["output"]


@pytest.mark.parametrize("junk", [b"not a model", b"\x3a\xff", b"\x3a\x05ab", bytes(range(64))])
def test_junk_is_refused(junk: bytes) -> None:
    """Bytes that are no model end in our own error."""
    with pytest.raises(ModelMismatch, match="not a readable ONNX file"):
        with_picture(junk, (1, 3, 32, 32))
