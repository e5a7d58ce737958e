"""The flow in ONNX Runtime: a checked model file, a verified provider, steady batch shapes."""

import base64
import logging
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from inference.card import (
    CARD_KEY,
    INPUT_NAME,
    MAP_GRAPH_KEY,
    MAP_NAME,
    SCORE_NAME,
    ModelCard,
    read_card,
)
from inference.options import Provider
from inference.ports import FlowModel
from tracker import normalize
from tracker.errors import ConfigError, ModelMismatch
from tracker.skeleton import FLOW_18
from tracker.types import Float32

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
# cuDNN plans anew for every batch size it meets: the first window of a new size waits tens of
# milliseconds. So CUDA sees these sizes alone, all met in `warm_up`. The CPU has no such plan to
# make and computes only what it is given: there padding would only cost.
BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
CHANNELS = 2
# Fewer windows than this (0.5 ms) are not worth waking a second thread for.
SMALLEST_SHARE = 64
# Export refuses more; a card that admits more was not written by it.
LARGEST_PARITY = 1e-4

log = logging.getLogger(__name__)


class OnnxFlow(FlowModel):
    """Scores windows with a model file made by `posewarden-lab export`.

    Args:
        path: the .onnx file.
        provider: where to run; what came of it is told by the property `provider`.
        threads: that share a batch on the CPU.

    Raises:
        ModelMismatch: the file is not a model that this code can serve.
        ConfigError: ONNX Runtime is not installed.
    """

    def __init__(self, path: Path, *, provider: Provider = "auto", threads: int = 1) -> None:
        self._runtime = _runtime()
        self._path, self._wanted, self._threads = path, provider, threads
        # A batch is parted among threads of ours: its many small operators, parted one by one by
        # the runtime, run slower on two threads than on one (66 k and 130 k windows/s measured).
        self._pool = ThreadPoolExecutor(threads - 1, "flow") if threads > 1 else None
        self._session = self._open(path.read_bytes() if path.is_file() else None)
        metadata = self._session.get_modelmeta().custom_metadata_map
        self._card = read_card(metadata.get(CARD_KEY), file=path.name)
        _check(self._card, self._session, file=path.name)
        if MAP_GRAPH_KEY not in metadata:
            raise ModelMismatch(f"{path.name} lacks its explaining graph; export the model again")
        self._tell_provider()

    @property
    def card(self) -> ModelCard:
        return self._card

    @property
    def provider(self) -> str:
        return str(self._session.get_providers()[0])

    @property
    def wanted(self) -> Provider:
        """The provider that was asked for."""
        return self._wanted

    def warm_up(self) -> None:
        """Score zeros at every batch size that will occur, so that no real window waits."""
        shape = (CHANNELS, self._card.frames, len(self._card.joints))
        for bucket in BUCKETS if self.provider == CUDA else (1, BUCKETS[-1]):
            self.nll(np.zeros((bucket, *shape), np.float32))

    def nll(self, windows: Float32) -> Float32:
        return self._run(self._session, SCORE_NAME, windows)

    def explain(self, windows: Float32) -> Float32:
        return self._run(self._map_session, MAP_NAME, windows)

    @cached_property
    def _map_session(self) -> Any:  # noqa: ANN401 -- ONNX Runtime ships no types
        # Few ask for a map: the process that only scores never pays for this second session.
        metadata = self._session.get_modelmeta().custom_metadata_map
        try:
            graph = zlib.decompress(base64.b64decode(metadata[MAP_GRAPH_KEY], validate=True))
        except (ValueError, zlib.error) as err:
            raise ModelMismatch(
                f"{self._path} has no readable explaining graph; export the model again"
            ) from err
        return self._open(graph)

    def _run(self, session: Any, output: str, windows: Float32) -> Float32:  # noqa: ANN401 -- the same
        if len(windows) == 0:
            shape = (0,) if output == SCORE_NAME else (0, *windows.shape[2:])
            return np.empty(shape, np.float32)

        def score(share: Float32) -> list[Float32]:
            return [self._score(session, output, chunk) for chunk in _chunks(share)]

        first, *others = self._shares(windows)
        # This thread takes a share itself: waking one more would cost 50 µs.
        waiting = [self._pool.submit(score, share) for share in others] if self._pool else []
        parts = score(first) + [part for future in waiting for part in future.result()]
        whole: Float32 = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return whole

    def _score(self, session: Any, output: str, chunk: Float32) -> Float32:  # noqa: ANN401 -- the same
        whole = pad(chunk) if self.provider == CUDA else chunk
        scores: Float32 = session.run([output], {INPUT_NAME: whole})[0]
        return scores[: len(chunk)]

    def _shares(self, windows: Float32) -> list[Float32]:
        """Part the windows evenly among the threads that are worth waking."""
        most = self._threads if self.provider == CPU else 1
        number = min(most, max(1, len(windows) // SMALLEST_SHARE))
        size = -(-len(windows) // number)
        return [windows[start : start + size] for start in range(0, len(windows), size)]

    def _open(self, graph: bytes | None) -> Any:  # noqa: ANN401 -- ONNX Runtime ships no types
        if graph is None:
            raise ModelMismatch(f"there is no model file {self._path}; check the setting `model`")
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Spinning threads starve the pose network beside them: half the frames per second.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return self._runtime.InferenceSession(
                graph, sess_options=options, providers=self._providers()
            )
        except Exception as err:  # the runtime's own errors share no base but this
            raise ModelMismatch(
                f"{self._path.name} does not load as an ONNX model: {err}; export it again"
            ) from err

    def _providers(self) -> list[Any]:
        if self._wanted == "cpu" or CUDA not in self._runtime.get_available_providers():
            return [CPU]
        # The libraries of the gpu extra lie in wheels, where the loader does not look by itself.
        self._runtime.preload_dlls()
        # The default, EXHAUSTIVE, measures every algorithm again for each new batch size.
        return [(CUDA, {"cudnn_conv_algo_search": "HEURISTIC"}), CPU]

    def _tell_provider(self) -> None:
        """Say once when CUDA was possible or asked for and the session fell back to the CPU."""
        if self._wanted == "cpu" or self.provider == CUDA:
            return
        level = logging.WARNING if self._wanted == "cuda" else logging.INFO
        log.log(
            level,
            "the flow runs on the CPU",
            extra={"wanted": self._wanted, "provider": self.provider, "model": self._path.name},
        )


def _chunks(windows: Float32) -> Iterator[Float32]:
    for start in range(0, len(windows), BUCKETS[-1]):
        yield windows[start : start + BUCKETS[-1]]


def pad(windows: Float32) -> Float32:
    """Repeat the last window until the number of windows is a bucket's."""
    bucket = next(size for size in BUCKETS if size >= len(windows))
    if bucket == len(windows):
        return windows
    return np.concatenate([windows, np.repeat(windows[-1:], bucket - len(windows), axis=0)])


def _runtime() -> Any:  # noqa: ANN401 -- ONNX Runtime ships no types
    try:
        import onnxruntime
    except ImportError as err:
        raise ConfigError(
            "ONNX Runtime is not installed; install posewarden with the extra `cpu`, "
            "or `gpu` on a machine with CUDA"
        ) from err
    return onnxruntime


def _check(card: ModelCard, session: Any, *, file: str) -> None:  # noqa: ANN401 -- the same
    if card.joints != FLOW_18:
        raise ModelMismatch(
            f"{file} was made for the joints {', '.join(card.joints)}; "
            f"this version gives {', '.join(FLOW_18)}; export the model with this version"
        )
    if card.normaliser != normalize.NAME:
        raise ModelMismatch(
            f"{file} was trained on windows normalised by {card.normaliser}; this version "
            f"normalises by {normalize.NAME}; train it again"
        )
    if not card.parity <= LARGEST_PARITY:  # so that not-a-number fails too
        raise ModelMismatch(
            f"{file} differs from its source by {card.parity:g} bits/dimension, more than "
            f"{LARGEST_PARITY:g}; export it again"
        )
    shapes = {port.name: port.shape[1:] for port in session.get_inputs()}
    wanted = {INPUT_NAME: [CHANNELS, card.frames, len(card.joints)]}
    outputs = [port.name for port in session.get_outputs()]
    if shapes != wanted or outputs != [SCORE_NAME]:
        raise ModelMismatch(
            f"{file} takes {shapes} and gives {outputs}, but its card tells of {wanted} and "
            f"{[SCORE_NAME]}; export it again"
        )
