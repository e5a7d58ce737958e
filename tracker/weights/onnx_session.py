"""Sessions of ONNX Runtime as every network of the project opens them."""

import logging
import os
from typing import Any, Literal, TypeAlias

from tracker.errors import ConfigError

Provider: TypeAlias = Literal["auto", "cpu", "cuda"]
CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"

log = logging.getLogger(__name__)


def open_session(graph: str | bytes, *, wanted: Provider, threads: int = 1) -> Any:  # noqa: ANN401 -- ONNX Runtime ships no types
    """Open a graph, on CUDA where that is wanted and possible.

    Args:
        graph: a file's path, or its bytes.
        threads: processor cores that one run may use.

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
        graph, sess_options=options, providers=_providers(runtime, wanted)
    )


def provider_of(session: Any) -> str:  # noqa: ANN401 -- as above
    """Return where a session really runs; only the session itself tells the truth."""
    return str(session.get_providers()[0])


def tell_provider(session: Any, wanted: Provider, *, network: str, file: str) -> None:  # noqa: ANN401 -- as above
    """Say in the log when CUDA was possible or asked for and the session fell back to the CPU."""
    provider = provider_of(session)
    if wanted == "cpu" or provider == CUDA:
        return
    log.log(
        logging.WARNING if wanted == "cuda" else logging.INFO,
        "%s runs on the CPU",
        network,
        extra={"wanted": wanted, "provider": provider, "model": file},
    )


def _providers(runtime: Any, wanted: Provider) -> list[Any]:  # noqa: ANN401 -- as above
    if wanted == "cpu" or CUDA not in runtime.get_available_providers():
        return [CPU]
    # The libraries of the gpu extra lie in wheels, where the loader does not look by itself.
    runtime.preload_dlls()
    # The default, EXHAUSTIVE, measures every algorithm again for each new batch size.
    return [(CUDA, {"cudnn_conv_algo_search": "HEURISTIC"}), CPU]


def _runtime() -> Any:  # noqa: ANN401 -- as above
    # From 1.29 on its published builds report every session to their maker unless told not to,
    # and they look at this before anything else.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime
    except ImportError as err:
        raise ConfigError(
            "ONNX Runtime is not installed; install posewarden with the extra `cpu`, "
            "or `gpu` on a machine with CUDA"
        ) from err
    return onnxruntime
