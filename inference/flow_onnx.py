"""The flow of a model file: checked, on a verified provider, in steady batch shapes.

ONNX Runtime computes it, but for scores on the CPU where there is compiled code for them.
"""

import base64
import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from inference.bound_flow import BOUND, open_bound
from inference.card import (
    CARD_KEY,
    INPUT_NAME,
    MAP_GRAPH_KEY,
    MAP_NAME,
    SCORE_NAME,
    ModelCard,
    read_card,
)
from inference.card_check import check_card
from inference.compiled_flow import COMPILED, open_compiled
from inference.folded_flow import FOLDED_KEY, read_folded
from inference.ports import FlowModel
from inference.provider_choice import BatchChoice, choose, measure
from tracker.errors import ConfigError, ModelMismatch
from tracker.types import Float32
from tracker.unpacking import unpacked
from tracker.weights.onnx_session import (
    CPU,
    CUDA,
    Provider,
    log_cpu_fallback,
    open_exact_sessions,
)

# The runtime's sessions by the provider they run on; ONNX Runtime ships no types.
Sessions: TypeAlias = dict[str, Any]

# What may serve where a provider is wanted by name.
PROVIDERS = {"cuda": {CUDA, BOUND}, "cpu": {CPU, COMPILED}}
# What can be done without if it fails, the first that is there.
_SPARE = {
    BOUND: "the captured flow fails; plain CUDA serves",
    CUDA: "the flow fails on CUDA; the CPU serves",
}

log = logging.getLogger(__name__)

# cuDNN plans anew for every batch size it meets: the first window of a new size waits tens of
# milliseconds. So CUDA sees these sizes alone, all met in `warm_up`. The CPU has no such plan to
# make and computes only what it is given: there padding would only cost.
BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
# Fewer windows than this (.2 ms or more) are not worth waking a second thread for.
SMALLEST_SHARE = 64
# Of an explaining graph, unpacked.
LARGEST_GRAPH_BYTES = 64_000_000


class OnnxFlow(FlowModel):
    """Scores windows with a model file made by `posewarden-lab export`.

    Args:
        path: the .onnx file.
        file: what is in it, where it is not on disk; then the path only names it.
        provider: where to run; the property `provider` says what is really used. `auto` opens the
            graph on the CPU and on CUDA; `warm_up` then chooses for each batch size.
        threads: that share a batch on the CPU.
        compiled: whether compiled code may score on the CPU.
        open_graph: opens a graph on the providers that may serve it.

    Raises:
        ModelMismatch: the file is not a model that this code can serve.
        ConfigError: ONNX Runtime is not installed.
    """

    def __init__(
        self,
        path: Path,
        *,
        provider: Provider = "auto",
        threads: int = 1,
        compiled: bool = True,
        file: bytes | None = None,
        open_graph: Callable[..., Sessions] = open_exact_sessions,
    ) -> None:
        self._path, self._wanted, self._threads = path, provider, threads
        self._open_graph = open_graph
        # A batch is parted among threads of ours: its many small operators, parted one by one by
        # the runtime, run slower on two threads than on one (66 k and 130 k windows/s measured).
        self._pool = ThreadPoolExecutor(threads - 1, "flow") if threads > 1 else None
        if file is None and path.is_file():
            file = path.read_bytes()
        self._file_sha256 = None if file is None else hashlib.sha256(file).hexdigest()
        self._sessions = self._open(file)
        # The last is the one on CUDA, if there is one.
        self._choices: tuple[BatchChoice, ...] = ()
        *_, (self._preferred, session) = self._sessions.items()
        self._metadata = session.get_modelmeta().custom_metadata_map
        self._card = read_card(self._metadata.get(CARD_KEY), file=path.name)
        check_card(self._card, session, file=path.name)
        if MAP_GRAPH_KEY not in self._metadata:
            raise ModelMismatch(f"{path.name} lacks its explaining graph; export the model again")
        if compiled:
            self._compile()
        log_cpu_fallback(self._preferred, provider, network="the flow", file=path.name)
        self._bind(file)

    def _bind(self, file: bytes | None) -> None:
        """Let a captured flow compete at the warm-up; until then plain CUDA serves."""
        if CUDA in self._sessions and file is not None:
            bound = open_bound(file, self._sessions[CUDA], self._card.input_shape, BUCKETS)
            if bound is not None:
                self._sessions[BOUND] = bound

    def _compile(self) -> None:
        """Let compiled code score in place of ONNX Runtime's session on the CPU, where it can."""
        if CPU not in self._sessions or FOLDED_KEY not in self._metadata:
            return
        folded = read_folded(self._metadata[FOLDED_KEY], file=self._path.name)
        shape = 2, folded.frames, folded.joints
        if shape != self._card.input_shape:
            raise ModelMismatch(
                f"{self._path.name}: its folded flow takes windows of {shape}, its card tells of "
                f"{self._card.input_shape}; export the model again"
            )
        compiled = open_compiled(folded, self._sessions[CPU])
        if compiled is not None:
            del self._sessions[CPU]
            self._sessions = {COMPILED: compiled, **self._sessions}
            *_, self._preferred = self._sessions

    @property
    def card(self) -> ModelCard:
        return self._card

    @property
    def file_sha256(self) -> str:
        """SHA-256 of the model's file, hexadecimal."""
        return self._file_sha256 or ""

    @property
    def provider(self) -> str:
        return self.provider_for(BUCKETS[-1])

    @property
    def choices(self) -> tuple[BatchChoice, ...]:
        return self._choices

    def provider_for(self, windows: int) -> str:
        if not self._choices:
            return self._preferred
        wanted = min(windows, BUCKETS[-1])
        return next(choice.provider for choice in self._choices if choice.windows >= wanted)

    @property
    def wanted(self) -> Provider:
        """The provider that was asked for."""
        return self._wanted

    def warm_up(self, clock: Callable[[], float] = time.perf_counter) -> None:
        """Time every batch size on each provider; from now on the faster one serves it.

        No real window then waits for a batch size that the provider meets for the first time. If
        CUDA fails, the CPU serves everything and the log says why, unless CUDA was asked for; if
        only the captured flow fails, plain CUDA goes on.

        Args:
            clock: seconds; any beginning.

        Raises:
            Exception: no provider scores; the runtime's own errors share no base but this.
        """
        try:
            self._choices = self._measured(clock)
        except Exception as err:
            spare = next((name for name in _SPARE if name in self._sessions), None)
            if spare is None or len(self._sessions) == 1:
                raise
            log.warning(_SPARE[spare], extra={"error": str(err), "model": self._path.name})
            del self._sessions[spare]
            *_, self._preferred = self._sessions
            self.warm_up(clock)

    def _measured(self, clock: Callable[[], float]) -> tuple[BatchChoice, ...]:
        choices = []
        for bucket in BUCKETS:
            zeros = np.zeros((bucket, *self._card.input_shape), np.float32)
            calls = {
                provider: partial(self._run, self._sessions, provider, SCORE_NAME, zeros)
                for provider in self._sessions
            }
            choices.append(choose(bucket, measure(calls, clock=clock)))
        return tuple(choices)

    def nll(self, windows: Float32) -> Float32:
        return self._run(self._sessions, self.provider_for(len(windows)), SCORE_NAME, windows)

    def explain(self, windows: Float32) -> Float32:
        provider = self.provider_for(len(windows))
        # Joint maps have sessions on the two providers themselves.
        provider = {COMPILED: CPU, BOUND: CUDA}.get(provider, provider)
        return self._run(self._map_sessions, provider, MAP_NAME, windows)

    @cached_property
    def _map_sessions(self) -> Sessions:
        # Few ask for a map: the process that only scores never pays for these further sessions.
        try:
            packed = base64.b64decode(self._metadata[MAP_GRAPH_KEY], validate=True)
            graph = unpacked(packed, largest_bytes=LARGEST_GRAPH_BYTES)
        except ValueError as err:
            raise ModelMismatch(
                f"{self._path} has no readable explaining graph; export the model again"
            ) from err
        return self._open(graph)

    def _run(self, sessions: Sessions, provider: str, output: str, windows: Float32) -> Float32:
        if len(windows) == 0:
            shape = (0,) if output == SCORE_NAME else (0, *windows.shape[2:])
            return np.empty(shape, np.float32)

        on_cuda = provider in PROVIDERS["cuda"]

        def score(share: Float32) -> list[Float32]:
            return [
                _score(sessions[provider], output, chunk, padded=on_cuda)
                for chunk in _chunks(share)
            ]

        first, *others = self._shares(windows, 1 if on_cuda else self._threads)
        # This thread takes a share itself: waking one more would cost 50 µs.
        waiting = [self._pool.submit(score, share) for share in others] if self._pool else []
        parts = score(first) + [part for future in waiting for part in future.result()]
        whole: Float32 = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return whole

    def _shares(self, windows: Float32, most: int) -> list[Float32]:
        """Part the windows evenly among the threads that are worth waking, most at most."""
        number = min(most, max(1, len(windows) // SMALLEST_SHARE))
        size = -(-len(windows) // number)
        return [windows[start : start + size] for start in range(0, len(windows), size)]

    def _open(self, graph: bytes | None) -> Sessions:
        if graph is None:
            raise ModelMismatch(f"there is no model file {self._path}; check the setting `model`")
        try:
            return self._open_graph(graph, wanted=self._wanted)
        except ConfigError:
            raise
        except Exception as err:  # the runtime's own errors share no base but this
            raise ModelMismatch(
                f"{self._path.name} does not load as an ONNX model: {err}; export it again"
            ) from err


def _score(session: Any, output: str, chunk: Float32, *, padded: bool) -> Float32:  # noqa: ANN401 -- ONNX Runtime ships no types
    whole = pad(chunk) if padded else chunk
    scores: Float32 = session.run([output], {INPUT_NAME: whole})[0]
    return scores[: len(chunk)]


def _chunks(windows: Float32) -> Iterator[Float32]:
    for start in range(0, len(windows), BUCKETS[-1]):
        yield windows[start : start + BUCKETS[-1]]


def pad(windows: Float32) -> Float32:
    """Repeat the last window until the number of windows is a bucket's."""
    bucket = next(size for size in BUCKETS if size >= len(windows))
    if bucket == len(windows):
        return windows
    return np.concatenate([windows, np.repeat(windows[-1:], bucket - len(windows), axis=0)])
