"""Open ONNX Runtime sessions, on CUDA where wanted and possible, for all networks."""

import logging
import os
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from tracker.errors import ConfigError

Provider: TypeAlias = Literal["auto", "cpu", "cuda"]
CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
# The default, EXHAUSTIVE, measures every algorithm again for each new batch size.
_CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC"}
# By default float32 products keep 10 of their 23 bits on tensor cores: fine for pictures, but
# scores must agree with the CPU's to 1e-4 bits/dimension.
EXACT = {"use_tf32": "0"}

log = logging.getLogger(__name__)


def open_session(  # ONNX Runtime ships no types
    graph: str | bytes,
    *,
    wanted: Provider,
    threads: int = 1,
    cuda_options: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401 -- as above
    """Open a graph, on CUDA where that is wanted and possible.

    Args:
        graph: a file's path, or its bytes.
        threads: processor cores that one run may use.
        cuda_options: of ONNX Runtime's CUDA provider, beside those set here.

    Raises:
        ConfigError: ONNX Runtime is not installed.
        Exception: the graph does not load; the runtime's own errors share no base but this.
    """
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads starve LiteRT and the decoders of the cores: half the frame rate (measured).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return runtime.InferenceSession(
        graph, sess_options=options, providers=_providers(runtime, wanted, cuda_options or {})
    )


def open_exact_sessions(graph: str | bytes, *, wanted: Provider) -> dict[str, Any]:
    """Open a graph on every provider that may serve it; return the sessions by provider.

    Products keep all of float32's digits. Wanting `auto` gives one session on the CPU and, where
    CUDA works, one more there. Otherwise there is one, under the provider that it really runs on:
    wanting `cuda` may still give the CPU.

    Raises:
        ConfigError: ONNX Runtime is not installed.
        Exception: the graph does not load; the runtime's own errors share no base but this.
    """
    first = open_session(graph, wanted=wanted, cuda_options=EXACT)
    sessions = {provider_of(first): first}
    if wanted == "auto" and CPU not in sessions:
        # The CPU is named first, so that it serves where both take the same time.
        sessions = {CPU: open_session(graph, wanted="cpu"), **sessions}
    return sessions


def provider_of(session: Any) -> str:  # noqa: ANN401 -- as above
    """Return the provider that a session really runs on, as the session itself reports it."""
    return str(session.get_providers()[0])


def log_cpu_fallback(provider: str, wanted: Provider, *, network: str, file: str) -> None:
    """Log if CUDA was possible or requested but the session fell back to the CPU.

    Args:
        provider: the one that the session really runs on.
    """
    if wanted == "cpu" or provider == CUDA:
        return
    log.log(
        logging.WARNING if wanted == "cuda" else logging.INFO,
        "%s runs on the CPU",
        network,
        extra={"wanted": wanted, "provider": provider, "model": file},
    )


def _providers(runtime: Any, wanted: Provider, cuda_options: Mapping[str, str]) -> list[Any]:  # noqa: ANN401 -- as above
    if wanted == "cpu" or CUDA not in runtime.get_available_providers():
        return [CPU]
    # The libraries of the gpu extra are in wheels, where the loader does not search by itself.
    runtime.preload_dlls()
    return [(CUDA, {**_CUDA_OPTIONS, **cuda_options}), CPU]


def _runtime() -> Any:  # noqa: ANN401 -- as above
    # From 1.29 on, the published builds send telemetry to their vendor unless this is set before
    # the import.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime
    except ImportError as err:
        raise ConfigError(
            "ONNX Runtime is not installed; install posewarden with the extra `cpu`, "
            "or `gpu` on a machine with CUDA"
        ) from err
    return onnxruntime
