"""The flow in ONNX Runtime: a checked model file, a verified provider, steady batch shapes."""

import base64
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from inference import flow_input
from inference.card import (
    CARD_KEY,
    INPUT_NAME,
    MAP_GRAPH_KEY,
    MAP_NAME,
    SCORE_NAME,
    ModelCard,
    read_card,
)
from inference.flow_skeleton import FLOW_18
from inference.ports import FlowModel
from tracker.errors import ConfigError, ModelMismatch
from tracker.types import Float32
from tracker.weights.onnx_session import (
    CPU,
    CUDA,
    Provider,
    open_session,
    provider_of,
    tell_provider,
)

# cuDNN plans anew for every batch size it meets: the first window of a new size waits tens of
# milliseconds. So CUDA sees these sizes alone, all met in `warm_up`. The CPU has no such plan to
# make and computes only what it is given: there padding would only cost.
BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
# Fewer windows than this (0.5 ms) are not worth waking a second thread for.
SMALLEST_SHARE = 64
# Export refuses more; a card that admits more was not written by it.
LARGEST_PARITY = 1e-4


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
        tell_provider(self._session, provider, network="the flow", file=path.name)

    @property
    def card(self) -> ModelCard:
        return self._card

    @property
    def provider(self) -> str:
        return provider_of(self._session)

    @property
    def wanted(self) -> Provider:
        """The provider that was asked for."""
        return self._wanted

    def warm_up(self) -> None:
        """Score zeros at every batch size that will occur, so that no real window waits."""
        for bucket in BUCKETS if self.provider == CUDA else (1, BUCKETS[-1]):
            self.nll(np.zeros((bucket, *self._card.input_shape), np.float32))

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
        try:
            return open_session(graph, wanted=self._wanted)
        except ConfigError:
            raise
        except Exception as err:  # the runtime's own errors share no base but this
            raise ModelMismatch(
                f"{self._path.name} does not load as an ONNX model: {err}; export it again"
            ) from err


def _chunks(windows: Float32) -> Iterator[Float32]:
    for start in range(0, len(windows), BUCKETS[-1]):
        yield windows[start : start + BUCKETS[-1]]


def pad(windows: Float32) -> Float32:
    """Repeat the last window until the number of windows is a bucket's."""
    bucket = next(size for size in BUCKETS if size >= len(windows))
    if bucket == len(windows):
        return windows
    return np.concatenate([windows, np.repeat(windows[-1:], bucket - len(windows), axis=0)])


def _check(card: ModelCard, session: Any, *, file: str) -> None:  # noqa: ANN401 -- the same
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
